import { describe, expect, it } from 'vitest';
import { lint } from '../support/lint.js';

const importing = (path: string) => `import { thing } from '${path}';\n\nexport const other = thing;\n`;
const THING = 'export const thing = 1;\n';

const STAGES = ['align', 'defactor', 'fit', 'constrain', 'schedule', 'validate', 'replay', 'scheduleReplay'];
const LAST_STAGES = ['diagnose', 'guardrails', 'scorecard'];
const ROOMS = ['cluster', 'versions', 'window', 'calibration', 'orders', 'schedule', 'publication', 'matrix', 'setup'];

const pairsOf = (names: readonly string[]): [string, string][] =>
  names.flatMap((a) => names.filter((b) => b !== a).map((b): [string, string] => [a, b]));

const isBefore = (order: readonly string[], first: string, second: string) =>
  order.indexOf(first) < order.indexOf(second);

/** A file per pair of rooms, each importing from the other room; the paths of those that must not. */
function crossImports(
  root: string,
  pairs: readonly [string, string][],
  allowed: (from: string, to: string) => boolean,
) {
  const files: Record<string, string> = {};
  const forbidden: string[] = [];
  for (const [from, to] of pairs) {
    files[`${root}/${to}/thing.ts`] = THING;
    const path = `${root}/${from}/takes-${to}.ts`;
    files[path] = importing(`../${to}/thing.js`);
    if (!allowed(from, to)) forbidden.push(path);
  }
  return { files, forbidden };
}

const refusedFiles = (output: string): string[] =>
  [
    ...new Set([...output.matchAll(/^(src\S+?):\d+:\d+ lint\/style\/noRestrictedImports/gm)].map(([, path]) => path)),
  ].sort();

describe('npm run lint refuses', () => {
  it('a stage that imports one that is not before it, and no other import between stages', () => {
    const allowed = (from: string, to: string) =>
      STAGES.includes(to) && (LAST_STAGES.includes(from) || isBefore(STAGES, to, from));
    const { files, forbidden } = crossImports('src/stages', pairsOf([...STAGES, ...LAST_STAGES, 'simulate']), allowed);
    const { status, output } = lint(files);
    expect(status).not.toBe(0);
    expect(forbidden).toContain('src/stages/fit/takes-validate.ts');
    expect(refusedFiles(output)).toEqual(forbidden.sort());
  });

  it('a room of run that imports one above it, and what chains them', () => {
    const { files, forbidden } = crossImports('src/run', pairsOf(ROOMS), (from, to) => isBefore(ROOMS, to, from));
    files['src/run/pipeline.ts'] = THING;
    files['src/run/orders/takes-pipeline.ts'] = importing('../pipeline.js');
    const { output } = lint(files);
    expect(forbidden).toContain('src/run/window/takes-publication.ts');
    expect(refusedFiles(output)).toEqual([...forbidden, 'src/run/orders/takes-pipeline.ts'].sort());
  });

  it('a stage that sees the store, the configuration or the command line', () => {
    const layers = ['store', 'io', 'config', 'report', 'run', 'cli'];
    const files: Record<string, string> = {};
    for (const layer of layers) {
      files[`src/${layer}/thing.ts`] = THING;
      files[`src/stages/fit/takes-${layer}.ts`] = importing(`../../${layer}/thing.js`);
    }
    expect(refusedFiles(lint(files).output)).toEqual(layers.map((layer) => `src/stages/fit/takes-${layer}.ts`).sort());
  });

  it('a circle of types', () => {
    const { status, output } = lint({
      'src/model/chicken.ts':
        "import type { Egg } from './egg.js';\n\nexport interface Chicken {\n  readonly egg: Egg;\n}\n",
      'src/model/egg.ts':
        "import type { Chicken } from './chicken.js';\n\nexport interface Egg {\n  readonly of?: Chicken;\n}\n",
    });
    expect(status).not.toBe(0);
    expect(output).toMatch(/src\/model\/egg\.ts\S* lint\/suspicious\/noImportCycles/);
  });

  it('nothing of a stage that keeps to the line', () => {
    const { status, output } = lint({
      'src/stages/defactor/thing.ts': THING,
      'src/stages/fit/takes-defactor.ts': importing('../defactor/thing.js'),
    });
    expect(output).not.toMatch(/lint\//);
    expect(status).toBe(0);
  });
});
