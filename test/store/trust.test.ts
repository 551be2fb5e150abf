import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/model/canonicalJson.js';
import { verifyVersion } from '../../src/run/versions/verifyVersion.js';
import { collectGarbage } from '../../src/store/collect.js';
import { checkRooms, storePath } from '../../src/store/paths.js';
import { stageCaches } from '../../src/store/stageCaches.js';
import {
  aliasedVersion,
  objectPath,
  readAlias,
  readHistory,
  readObject,
  readVersion,
  resolveReference,
  type StoredVersion,
  sha256,
  versionName,
  versionNames,
} from '../../src/store/store.js';
import { readJson, xim, ximJson } from '../support/cli.js';
import { DAMAGES, type Damage, damage } from '../support/damage.js';
import { temporaryFolder } from '../support/engine.js';
import { failure } from '../support/failure.js';
import { likeVersion, pointAt, smallStore } from '../support/smallVersions.js';
import type { StoredManifest } from '../support/tampered.js';

const folder = temporaryFolder();
let source: string;
let undated: StoredVersion;
let dated: StoredVersion;

beforeAll(async () => {
  const made = smallStore(folder);
  source = made.store;
  undated = made.version;
  dated = await likeVersion(source, undated, { asof: '2024-01-02' });
  pointAt(source, 'candidate', dated);
});

let copies = 0;
function copy(): string {
  const target = join(folder, `copy-${copies++}`);
  cpSync(source, target, { recursive: true });
  return target;
}

/** Puts a link in the place of something, to a copy of it out of the store. Returns the copy. */
function linkAway(store: string, ...parts: string[]): string {
  const path = join(store, ...parts);
  const away = join(folder, `away-${copies++}`);
  if (existsSync(path)) renameSync(path, away);
  else mkdirSync(away);
  symlinkSync(away, path);
  return away;
}

describe('symbolic links in a store', () => {
  const rooms = ['objects', 'stages', 'versions', 'aliases', 'runs', 'history.jsonl'];

  it.each(rooms)('%s is refused before anything is written', (room) => {
    const store = copy();
    linkAway(store, room);
    const { kind, message } = failure(() => checkRooms(store));
    expect([kind, message]).toEqual(['corrupt', `${join(store, room)} is a symbolic link, and a store has none`]);
    expect(ximJson(['gc', '--store', store])).toMatchObject({ code: 12 });
  });

  it('are refused where something is read through them', () => {
    const object = dated.manifest.objects[0];
    const cases: readonly [readonly string[], (store: string) => unknown][] = [
      [['objects'], (store) => readObject(store, object)],
      [['objects', basename(objectPath(source, object))], (store) => readObject(store, object)],
      [['versions'], versionNames],
      [['versions', dated.folder], (store) => readVersion(store, dated.folder)],
      [['versions', dated.folder, 'manifest.json'], (store) => readVersion(store, dated.folder)],
      [['aliases'], (store) => readAlias(store, 'candidate')],
      [['aliases', 'candidate.json'], (store) => readAlias(store, 'candidate')],
      [['history.jsonl'], readHistory],
    ];
    for (const [parts, read] of cases) {
      const store = copy();
      linkAway(store, ...parts);
      expect(failure(() => read(store))).toMatchObject({
        kind: 'corrupt',
        message: `${join(store, ...parts)} is a symbolic link, and a store has none`,
      });
    }
  });

  it.each([
    ['stages', 'align'],
    ['stages', 'align', 'key'],
    ['objects', 'stray.txt'],
  ])('%s/%s: gc removes no file through them', (...parts) => {
    const store = copy();
    mkdirSync(join(store, ...parts.slice(0, -1)), { recursive: true });
    const away = linkAway(store, ...parts);
    writeFileSync(join(away, '.tmp-mine'), 'of another');
    mkdirSync(join(away, '.tmp-folder'));
    expect(failure(() => collectGarbage(store, { stages: true, dryRun: false })).kind).toBe('corrupt');
    expect(readdirSync(away).sort()).toEqual(['.tmp-folder', '.tmp-mine']);
  });

  it('the store itself may be one', () => {
    const store = copy();
    const link = join(folder, 'link');
    symlinkSync(store, link);
    expect(xim(['verify', '--store', link]).code).toBe(0);
    expect(xim(['gc', '--store', link]).code).toBe(0);
  });

  it('caches are neither read nor written through one', async () => {
    const store = copy();
    mkdirSync(join(store, 'stages'));
    const away = linkAway(store, 'stages', 'align');
    const caches = stageCaches(store, { warn: () => {}, now: () => new Date() });
    await expect(caches.open({ stage: 'align', key: 'key' }, async () => {})).rejects.toMatchObject({
      kind: 'corrupt',
    });
    expect(readdirSync(away)).toEqual([]);
  });
});

/** Texts with everything that a path, a terminal or a table reacts to. */
const hostile = fc.array(
  fc.oneof(
    fc.constantFrom('..', '/', '\\', '.', '\0', '\n', '\r', '\x1b[2J', '\u202e', '\u2028', '~', '%2e', '|', '<b>', ' '),
    fc.string({ minLength: 1, maxLength: 4, unit: 'binary' }),
    fc.constantFrom('objects', 'a.arrow', 'C:', 'versions'),
  ),
  { minLength: 1, maxLength: 6 },
);

describe('names from outside', () => {
  it('lead to nothing but a child of the folder they are asked of', () => {
    fc.assert(
      fc.property(hostile, (parts) => {
        const name = parts.join('');
        try {
          expect(storePath(source, 'objects', name)).toBe(`${source}/objects/${name}`);
          expect(name).not.toMatch(/[/\\\p{Cc}]|^\.\.?$/u);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'corrupt' });
          expect((error as Error).message).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
  });

  it('name no object, version or alias unless they are plain', () => {
    const store = copy();
    const { folder: own } = dated;
    fc.assert(
      fc.property(hostile, fc.constantFrom('name', 'sha256'), (parts, field) => {
        const text = parts.join('');
        const manifest = structuredClone(readJson(join(source, 'versions', own, 'manifest.json')));
        manifest.objects[0][field] = text;
        const version = writeManifest(store, manifest);
        if (field === 'name' && isPlain(text)) return;
        expect(failure(() => readVersion(store, version)).message).toContain(`objects.0.${field}`);
      }),
      { numRuns: 60 },
    );
    fc.assert(
      fc.property(hostile, (parts) => {
        writeFileSync(join(store, 'aliases', 'champion.json'), JSON.stringify({ version: parts.join('') }));
        expect(failure(() => readAlias(store, 'champion')).kind).toBe('corrupt');
        expect(['notFound', 'corrupt']).toContain(failure(() => resolveReference(store, parts.join(''))).kind);
      }),
      { numRuns: 60 },
    );
  });
});

/** Written anew here: every part has a plain name, and the whole an ending. */
const isPlain = (name: string): boolean =>
  name.split('/').every((part) => part !== '' && !/[\\\p{Cc}\p{Cf}\u2028\u2029]|\.\./u.test(part) && part[0] !== '.') &&
  /\.[A-Za-z0-9]{1,16}$/.test(name);

/** Writes a manifest under the name that its bytes give it: digests agree, whatever it says. */
function writeManifest(store: string, manifest: StoredManifest): string {
  const content = canonicalJson(manifest);
  const name = versionName('2024-01-02', sha256(content));
  mkdirSync(join(store, 'versions', name), { recursive: true });
  writeFileSync(join(store, 'versions', name, 'manifest.json'), content);
  return name;
}

describe('an alias', () => {
  const path = (store: string) => join(store, 'aliases', 'candidate.json');

  it('gives its version, whose id it has', () => {
    expect(aliasedVersion(source, 'candidate')?.id).toBe(dated.id);
    expect(readJson(path(source)).id).toBe(dated.id);
  });

  it.each([
    [
      'another id of the same first digits',
      () => `${dated.id.slice(0, 8)}${'0'.repeat(56)}`,
      /candidate is to be .*0000…/,
    ],
    ['the id of another version', () => undated.id, /names a version and the id of another/],
    ['no id', () => 'x', /id: "x" is not a SHA-256 digest/],
  ])('with %s is refused wherever it leads to a version', (_, id, message) => {
    const store = copy();
    writeFileSync(path(store), JSON.stringify({ version: dated.folder, id: id() }));
    expect(failure(() => resolveReference(store, 'candidate')).message).toMatch(message);
    for (const command of ['show', 'verify']) expect(xim([command, '--store', store]).code, command).toBe(12);
  });
});

describe('numbers of a manifest', () => {
  const cases: readonly [string, (manifest: StoredManifest) => void, RegExp][] = [
    [
      'a time constant below zero',
      (m) => (m.kernel.tauSeconds[0] = -1),
      /tauSeconds\[0\] is -1: it must be .* at least 0/,
    ],
    ['a weight below zero', (m) => (m.kernel.weights[0] = -0.1), /weights\[0\] is -0\.1/],
    ['a weight too many', (m) => m.kernel.weights.push(0), /kernel\.weights has 6 entries, not 5/],
    ['concavity of zero', (m) => (m.kernel.concavity = 0), /concavity\[0\] is 0: it must be above 0 and at most 1/],
    ['a scale of zero', (m) => (m.kernel.flowScale[1] = 0), /flowScale\[1\] is 0: it must be a number above 0/],
    ['a floor below zero', (m) => (m.constraints.floors[1] = -1e-9), /floors\[1\] is -1e-9/],
    ['a floor too few', (m) => m.constraints.floors.pop(), /floors has 1 entries, not 2/],
    ['ρ of zero', (m) => (m.constraints.rho = 0), /rho\[0\] is 0/],
    ['ρ above one', (m) => (m.constraints.rho = 1.01), /rho\[0\] is 1\.01/],
    ['a condition number below one', (m) => (m.constraints.conditionCap = 0.5), /conditionCap\[0\] is 0\.5/],
    ['no name', (m) => (m.universe = { names: [], blocks: [] }), /universe\.names is empty/],
    ['a name twice', (m) => (m.universe.names[1] = m.universe.names[0]), /names has "AAPL" twice/],
    ['a block too few', (m) => m.universe.blocks.pop(), /blocks has 1 entries for 2 names/],
    ['another date', (m) => (m.asof = '2024-01-03'), /asof is 2024-01-03, which its folder does not say/],
    [
      'a multiplier of zero',
      (m) => (m.regimes.multipliers = [{ cell: 'calm', multiplier: 0 }]),
      /multipliers\[0\] is 0: it must be a number above 0/,
    ],
  ];

  it.each(cases)('%s is refused by verify, though every digest agrees', (_, change, message) => {
    const store = copy();
    const manifest = readJson(join(source, 'versions', dated.folder, 'manifest.json'));
    change(manifest);
    const version = readVersion(store, writeManifest(store, manifest));
    const { kind, message: said } = failure(() => verifyVersion(store, version));
    expect([kind, said]).toEqual(['corrupt', expect.stringMatching(message)]);
  });

  it('that overflow are no numbers', () => {
    const store = copy();
    const path = join(store, 'versions', dated.folder, 'manifest.json');
    const text = readFileSync(path, 'utf8').replaceAll(/"rho":[\d.]+/g, '"rho":1e999');
    const name = versionName('2024-01-02', sha256(text));
    mkdirSync(join(store, 'versions', name));
    writeFileSync(join(store, 'versions', name, 'manifest.json'), text);
    expect(failure(() => readVersion(store, name)).message).toMatch(/constraints\.rho/);
  });
});

describe('a store with a version that cannot be read', () => {
  let store: string;
  beforeAll(() => {
    store = copy();
    damage(join(store, 'versions', undated.folder, 'manifest.json'), 'halved');
  });

  it('lists the others, names the bad one and ends with 12', () => {
    const { code, stdout, stderr } = xim(['list', '--store', store]);
    expect(code).toBe(12);
    expect(stdout).toMatch(new RegExp(`^${dated.folder} .*passed`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${undated.folder} +corrupt`, 'm'));
    expect(stderr).toContain(join(store, 'versions', undated.folder, 'manifest.json'));
    const { document } = ximJson(['list', '--store', store]);
    expect(document.versions).toEqual([
      expect.objectContaining({ id: dated.id, alias: 'candidate' }),
      { version: undated.folder, error: expect.objectContaining({ kind: 'corrupt' }), alias: null },
    ]);
  });

  it('verifies the others, and names every bad one', () => {
    const worse = copy();
    for (const { folder: name } of [dated, undated]) damage(join(worse, 'versions', name, 'manifest.json'), 'halved');
    const { code, document } = ximJson(['verify', '--store', worse]);
    expect(code).toBe(12);
    expect(document.error.message).toMatch(new RegExp(`2 of 2 versions: .*${dated.folder}.*; .*${undated.folder}`));
  });
});

describe('objects that are damaged', () => {
  it.each(Object.keys(DAMAGES) as Damage[])('%s end every command that reads them with 12', (how) => {
    const store = copy();
    const object = dated.manifest.objects.find(({ name }) => name === 'impact.arrow')!;
    damage(objectPath(store, object), how);
    expect(ximJson(['show', '--store', store])).toMatchObject({ code: 12, document: { error: { kind: 'corrupt' } } });
  });
});

describe('what a manifest says', () => {
  it('moves no cursor and ends no line of a terminal', async () => {
    const store = copy();
    const hostile = 'x\n\x1b[2Jall is well\u202e';
    const { verdict } = undated.manifest;
    const version = await likeVersion(store, undated, {
      model: hostile,
      notes: [hostile],
      verdict: { ...verdict, sentence: hostile },
    });
    for (const args of [['list'], ['show', version.folder]]) {
      const { code, stdout } = xim([...args, '--store', store]);
      expect(code).toBe(0);
      expect(stdout).toContain('x\\u000a\\u001b[2Jall is well\\u202e');
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(stdout).not.toMatch(/^.?all is well/m);
    }
  });
});
