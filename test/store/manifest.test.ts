import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { canonicalJson } from '../../src/model/canonicalJson.js';
import type { Manifest } from '../../src/model/manifest.js';
import { manifestSchema } from '../../src/store/manifestSchema.js';
import { readAlias, readHistory, readVersion, sha256, versionName } from '../../src/store/store.js';
import { readJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { failure } from '../support/failure.js';
import { sampleRunInto } from '../support/sampleRun.js';

const folder = temporaryFolder();
const store = join(folder, 'store');

/** As it lies on disk. */
// biome-ignore lint/suspicious/noExplicitAny: the tests break it in every way
type Stored = any;

let version: string;
let stored: Stored;
beforeAll(async () => {
  const { document } = await sampleRunInto(store);
  version = document.version;
  stored = readJson(join(store, 'versions', version, 'manifest.json'));
});

const changed = (change: (manifest: Stored) => void): Stored => {
  const manifest = structuredClone(stored);
  change(manifest);
  return manifest;
};

/** A store with one manifest, under the name that its bytes give it: digests agree, whatever it says. */
function storeOf(name: string, manifest: Stored): { readonly target: string; readonly version: string } {
  const target = join(folder, name);
  const content = canonicalJson(manifest);
  const own = versionName('2024-03-13', sha256(content));
  mkdirSync(join(target, 'versions', own), { recursive: true });
  writeFileSync(join(target, 'versions', own, 'manifest.json'), content);
  return { target, version: own };
}

let stores = 0;
const read = (manifest: Stored) => {
  const { target, version: own } = storeOf(`broken-${stores++}`, manifest);
  return readVersion(target, own).manifest;
};

/** Without `readonly`, and as a type that may have an index. */
type Plain<T> = T extends readonly (infer E)[]
  ? Plain<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Plain<T[K]> }
    : T;

describe('the manifest of the sample', () => {
  it('is read as it was written, key by key', () => {
    const { manifest } = readVersion(store, version);
    expect(manifest).toEqual(stored);
    expect(JSON.stringify(manifest)).toBe(JSON.stringify(stored));
  });

  it('may be any that can be written', () => {
    // The schema is held to the type where it stands; here the type is held to the schema, by the compiler.
    const accepted: (manifest: Plain<Manifest>) => z.input<typeof manifestSchema> = (manifest) => manifest;
    expect(manifestSchema.safeParse(accepted(stored)).success).toBe(true);
  });

  it('keeps fields that this program does not know', () => {
    const manifest = read(
      changed((m) => {
        m.schemaVersion = '1.7';
        m.later = { a: 1 };
        m.kernel.later = [2];
        m.gates[0].later = 'three';
        m.guardrails.later_cap = 4;
        m.certificate.later = 5;
      }),
    );
    expect(manifest).toMatchObject({ later: { a: 1 }, kernel: { later: [2] }, guardrails: { later_cap: 4 } });
    expect(manifest).toMatchObject({ gates: { 0: { later: 'three' } }, certificate: { later: 5 } });
  });

  it('may lack what older versions had not', () => {
    const manifest = read(
      changed((m) => {
        delete m.certificate.before;
        delete m.constraints.conditionCap;
        delete m.guardrails.cap_release;
        delete m.guardrails.measured;
        delete m.metrics.diagnoses;
      }),
    );
    expect(manifest.constraints.conditionCap).toBeNull();
    expect(manifest.guardrails.cap_release).toBe(0.9);
    expect(manifest.certificate.before).toBeUndefined();
  });
});

describe('a manifest that is not one', () => {
  const cases: readonly [string, (manifest: Stored) => void, RegExp][] = [
    ['a field is missing', (m) => delete m.kernel, /kernel: nothing is not a object/],
    ['a number is text', (m) => (m.kernel.weights[1] = '0.2'), /kernel\.weights\.1: "0\.2" is not a number/],
    ['a time constant is neither', (m) => (m.kernel.tauSeconds[0] = 'ever'), /kernel\.tauSeconds\.0: "ever" fits none/],
    ['an unknown verdict', (m) => (m.gates[0].verdict = 'maybe'), /gates\.0\.verdict: "maybe" is not one of "passed"/],
    ['a status of its own', (m) => (m.certificate.status = 'fine'), /certificate\.status: "fine" is not one of/],
    ['the status before', (m) => (m.certificate.before.status = 1), /certificate\.before\.status: 1 is not one of/],
    ['a fallback is missing', (m) => delete m.fallbacks.diagonal, /fallbacks\.diagonal: nothing is not a object/],
    [
      'a check that is no check',
      (m) => (m.certificate.checks[0].passed = 'yes'),
      /checks\.0\.passed: "yes" is not a b/,
    ],
    ['a cap below one', (m) => (m.guardrails.condition_cap = 0), /guardrails\.condition_cap: 0 is too small/],
    ['a duration that is none', (m) => (m.guardrails.data_lag = 'soon'), /guardrails\.data_lag: "soon" is not a dur/],
    ['health as text', (m) => (m.guardrails.measured.basketNorm = '1'), /guardrails\.measured\.basketNorm: "1" is not/],
    ['metrics as a list', (m) => (m.metrics = []), /metrics: \[\] is not a object/],
    ['a name that is none', (m) => (m.universe.names[0] = null), /universe\.names\.0: null is not a string/],
    [
      'an object without digest',
      (m) => (m.objects[0].sha256 = '../x'),
      /objects\.0\.sha256: "\.\.\/x" is not a SHA-256/,
    ],
    ['bytes below zero', (m) => (m.objects[0].bytes = -1), /objects\.0\.bytes: -1 is too small/],
    ['no schema version', (m) => delete m.schemaVersion, /schemaVersion: nothing is not a string/],
    ['an odd schema version', (m) => (m.schemaVersion = 'one'), /schemaVersion: "one" is not a schema version/],
  ];

  it.each(cases)('is refused where %s', (_, change, message) => {
    const { kind, message: found, hint } = failure(() => read(changed(change)));
    expect({ kind, hint }).toEqual({ kind: 'corrupt', hint: expect.stringContaining('backup') });
    expect(found).toMatch(message);
    expect(found).toContain('manifest.json: ');
  });

  it('is refused with the reason where only a newer program can read it, whatever else it says', () => {
    const { kind, message, hint } = failure(() => read({ schemaVersion: '2.0' }));
    expect({ kind, hint }).toEqual({ kind: 'notFound', hint: 'upgrade xim' });
    expect(message).toContain('schema version 2.0');
  });

  it('shows no more of a value than a reader takes in', () => {
    const { message } = failure(() => read(changed((m) => (m.model = ['x'.repeat(5000)]))));
    expect(message).toMatch(/model: \["xxx.*… is not a string/);
    expect(message.length).toBeLessThan(600);
  });

  it('is refused where its text is no JSON', () => {
    const target = join(folder, 'no-json');
    const text = '{"asof":';
    const own = versionName('2024-03-13', sha256(text));
    mkdirSync(join(target, 'versions', own), { recursive: true });
    writeFileSync(join(target, 'versions', own, 'manifest.json'), text);
    expect(failure(() => readVersion(target, own))).toMatchObject({ kind: 'corrupt' });
  });
});

describe('aliases and history', () => {
  const target = join(folder, 'aliases');
  const alias = join(target, 'aliases', 'candidate.json');
  beforeAll(() => {
    cpSync(store, target, { recursive: true });
    chmodSync(alias, 0o644);
  });

  it.each([
    ['{"version":7}', /candidate\.json: version: 7 is not a string/],
    ['{}', /candidate\.json: version: nothing is not a string/],
    ['{"version":"../../elsewhere"}', /version: "..\/..\/elsewhere" is not the name of a version/],
    ['[', /candidate\.json is not valid JSON/],
  ])('%s points nowhere', (text, message) => {
    writeFileSync(alias, text);
    const { kind, message: found } = failure(() => readAlias(target, 'candidate'));
    expect(kind).toBe('corrupt');
    expect(found).toMatch(message);
  });

  it('an alias may say more than its version', () => {
    writeFileSync(alias, JSON.stringify({ version, later: 1 }));
    expect(readAlias(target, 'candidate')).toBe(version);
  });

  it('a history leaves out what was cut off, and refuses what is no entry', () => {
    const path = join(target, 'history.jsonl');
    const entry = { when: 'w', who: 'me', action: 'run', why: '', alias: 'candidate', from: null, to: version };
    rmSync(path, { force: true });
    writeFileSync(path, `${JSON.stringify(entry)}\n{"when":"cut o`);
    expect(readHistory(target)).toEqual([entry]);
    writeFileSync(path, `${JSON.stringify(entry)}\n${JSON.stringify({ ...entry, alias: 'king' })}\n`);
    expect(failure(() => readHistory(target)).message).toMatch(/history\.jsonl, line 2: alias: "king" is not one of/);
  });
});
