// Compiles what is in assembly/ to WebAssembly and writes it as modules that need no file at run time.
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

// No relaxed vectors and no fused multiply-add: the same bits everywhere.
const options = ['-O3', '--noAssert', '--runtime', 'stub'];
const shared = ['--enable', 'threads', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', '65536'];
const KERNELS = [
  { name: 'blas', needs: ['--enable', 'simd', '--importMemory', ...shared] },
  { name: 'elementary', needs: [] },
];

for (const { name, needs } of KERNELS) {
  const source = `${name}.ts`;
  let wasm;
  const { error, stderr } = await asc.main([source, ...options, ...needs, '--outFile', `${name}.wasm`], {
    readFile: (file) => (file === source ? readFileSync(join(root, 'assembly', source), 'utf8') : null),
    writeFile: (_name, content) => {
      wasm = content;
    },
    listFiles: () => [],
  });
  if (error || !wasm) {
    console.error(stderr.toString());
    process.exit(1);
  }
  writeModule(name, wasm);
}

function writeModule(name, wasm) {
  const target = join(root, 'src', 'numerics', name, 'compiled.ts');
  mkdirSync(dirname(target), { recursive: true });
  const text = `// Written by bin/compileKernels.js from assembly/${name}.ts.
const BYTES =
  '${Buffer.from(wasm).toString('base64')}';

export const compiledModule = (): WebAssembly.Module =>
  new WebAssembly.Module(Uint8Array.from(atob(BYTES), (character) => character.charCodeAt(0)));
`;
  // The time of a file that is up to date already says so.
  if (existsSync(target) && readFileSync(target, 'utf8') === text) utimesSync(target, new Date(), new Date());
  else writeFileSync(target, text);
}
