import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { resolveConfig } from '../../src/config/resolve.js';
import { temporaryFolder } from '../support/engine.js';

const folder = temporaryFolder();
const load = (path: string | undefined, cwd = folder) => loadConfig({ path, environment: {}, flags: [], cwd });
const written = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const refusal = (message: RegExp) =>
  expect.objectContaining({ kind: 'config', message: expect.stringMatching(message) });

describe('a configuration', () => {
  it('may be a link to a file', () => {
    const file = written('real.yaml', 'model: linked\n');
    symlinkSync(file, join(folder, 'link.yaml'));
    expect(load(join(folder, 'link.yaml')).config.model).toBe('linked');
  });

  it('is no device, folder or pipe, named or in its usual place', () => {
    expect(() => load('/dev/zero')).toThrow(refusal(/\/dev\/zero is a device/));
    expect(() => load(folder)).toThrow(refusal(/is a folder/));
    mkdirSync(join(folder, 'place'));
    const pipe = join(folder, 'place', 'xim.yaml');
    if (spawnSync('mkfifo', [pipe]).status !== 0) return;
    expect(() => load(pipe)).toThrow(refusal(/xim.yaml is a pipe/));
    expect(() => load(undefined, join(folder, 'place'))).toThrow(refusal(/xim.yaml is a pipe/));
  });

  it('has at most a megabyte', () => {
    const file = written('long.yaml', `model: x\n${'# padding\n'.repeat(110_000)}`);
    expect(() => load(file)).toThrow(refusal(/long.yaml has 1.\d MB; the limit is 1 MB/));
  });

  it('unfolds no aliases of aliases', () => {
    const levels = Array.from({ length: 12 }, (_, k) => `l${k + 1}: &l${k + 1} [${`*l${k}, `.repeat(9)}*l${k}]`);
    const file = written('laughs.yaml', ['l0: &l0 [ha, ha]', ...levels].join('\n'));
    expect(() => load(file)).toThrow(refusal(/follows its aliases more than 100 times/));
    expect(load(written('alias.yaml', 'model: &m x\ncalendar: { timezone: UTC }\n')).config.model).toBe('x');
  });

  it('has few levels', () => {
    expect(() => load(written('deep.yaml', `model: ${'['.repeat(50)}${']'.repeat(50)}`))).toThrow(refusal(/20 levels/));
    expect(() => load(written('deeper.yaml', `model: ${'['.repeat(20_000)}`))).toThrow(refusal(/is not valid YAML/));
  });

  it('changes no object of the program', () => {
    const flag = (path: string) => ({ path, text: '1', writtenAs: '--set' });
    const resolve = (path: string) => () =>
      resolveConfig({ file: {}, fileName: 'x', environment: {}, flags: [flag(path)] });
    expect(resolve('data.columns.__proto__.polluted')).toThrow(refusal(/unknown key/));
    expect(() => load(written('proto.yaml', '__proto__: { polluted: 1 }\n'))).toThrow(refusal(/unknown key/));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
