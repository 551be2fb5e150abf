// Compiles assembly/blas.ts to WebAssembly and writes it as a module that needs no file at run time.
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'assembly', 'blas.ts');
const target = join(root, 'src', 'numerics', 'blas', 'compiled.ts');

// No relaxed vectors and no fused multiply-add: the same bits everywhere.
const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--importMemory'];
const shared = ['--enable', 'threads', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', '65536'];
let wasm;
const { error, stderr } = await asc.main(['blas.ts', ...options, ...shared, '--outFile', 'blas.wasm'], {
  readFile: (name) => (name === 'blas.ts' ? readFileSync(source, 'utf8') : null),
  writeFile: (_name, content) => {
    wasm = content;
  },
  listFiles: () => [],
});
if (error || !wasm) {
  console.error(stderr.toString());
  process.exit(1);
}
mkdirSync(dirname(target), { recursive: true });
const text = `// Written by bin/compileBlas.js from assembly/blas.ts.
const BYTES =
  '${Buffer.from(wasm).toString('base64')}';

export const compiledModule = (): WebAssembly.Module =>
  new WebAssembly.Module(Uint8Array.from(atob(BYTES), (character) => character.charCodeAt(0)));
`;
// The time of a file that is up to date already says so.
if (existsSync(target) && readFileSync(target, 'utf8') === text) utimesSync(target, new Date(), new Date());
else writeFileSync(target, text);
