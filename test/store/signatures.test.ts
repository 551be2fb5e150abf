import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkSignature, verifyingKey } from '../../src/store/signatures.js';
import { objectPath, readVersion, type StoredVersion } from '../../src/store/store.js';
import { readJson, xim, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { failure } from '../support/failure.js';
import { likeVersion, smallStore } from '../support/smallVersions.js';

const folder = temporaryFolder();
let source: string;
let undated: StoredVersion;
let dated: StoredVersion;

beforeAll(async () => {
  const made = smallStore(folder);
  source = made.store;
  undated = made.version;
  dated = await likeVersion(source, undated, { asof: '2024-01-02' });
});

let copies = 0;
function copy(): string {
  const target = join(folder, `copy-${copies++}`);
  cpSync(source, target, { recursive: true });
  return target;
}

describe('a signature', () => {
  const keys = join(folder, 'keys');
  const key = (name: string) => join(keys, name);
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  beforeAll(() => {
    mkdirSync(keys);
    for (const name of ['own', 'other']) {
      const { publicKey, privateKey } = generateKeyPairSync('ed25519');
      writeFileSync(key(`${name}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
      writeFileSync(key(`${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
    }
  });
  const sign = (store: string, name: string, ...more: string[]) =>
    xim(['sign', dated.folder, '--key', key(name), '--store', store, ...more]);
  const verify = (store: string, name: string) =>
    ximJson(['verify', dated.folder, '--key', key(name), '--store', store]);

  it('is made and checked, changes no id, and may be one of several', () => {
    const store = copy();
    expect(verify(store, 'own.pub').document.error.message).toBe(`${dated.folder} is not signed`);
    expect(sign(store, 'own.pem', '--dry-run').stdout).toMatch(/would be signed by key [0-9a-f]{16}/);
    const { code, stderr } = sign(store, 'own.pem');
    expect([code, stderr]).toEqual([0, '']);
    expect(sign(store, 'own.pem').stdout).toMatch(/is already signed by/);
    expect(verify(store, 'own.pub')).toMatchObject({ code: 0, document: { versions: [{ signed: true }] } });
    const stranger = verify(store, 'other.pub');
    expect(stranger.code).toBe(12);
    expect(stranger.document.error.message).toMatch(/is signed by key [0-9a-f]{16}, not by key [0-9a-f]{16}/);
    sign(store, 'other.pem');
    for (const name of ['own.pub', 'other.pub']) expect(verify(store, name).code, name).toBe(0);
    expect(readVersion(store, dated.folder).id).toBe(dated.id);
    expect(xim(['gc', '--store', store]).stdout).toBe('removed 0 entries, 0 bytes\n');
    // Not every version of the store is signed.
    expect(ximJson(['verify', '--key', key('own.pub'), '--store', store]).code).toBe(12);
  });

  it('of another version, or of bytes that follow no id, does not count', () => {
    const store = copy();
    sign(store, 'own.pem');
    const path = (version: StoredVersion) => join(store, 'versions', version.folder, 'signatures.json');
    cpSync(path(dated), path(undated));
    const own = verifyingKey(readFileSync(key('own.pub'), 'utf8'), 'own.pub');
    checkSignature(store, dated, own);
    const otherBytes = /the signature by key [0-9a-f]{16} is of other bytes/;
    expect(failure(() => checkSignature(store, undated, own)).message).toMatch(otherBytes);
    // Whoever signs bytes as they are with the same key signs no version.
    const bytes = readFileSync(join(store, 'versions', dated.folder, 'manifest.json'));
    const document = readJson(path(dated));
    const raw = signBytes(null, bytes, readFileSync(key('own.pem'), 'utf8'));
    document.signatures[0].signature = raw.toString('base64');
    writeFileSync(path(dated), JSON.stringify(document));
    expect(failure(() => checkSignature(store, dated, own)).message).toMatch(otherBytes);
  });

  it('warns of a private key that others can read, and takes none that is not of its kind', () => {
    const store = copy();
    chmodSync(key('other.pem'), 0o644);
    expect(sign(store, 'other.pem').stderr).toContain(`the private key ${key('other.pem')} can be read by others`);
    expect(sign(store, 'own.pub').code).toBe(2);
    expect(sign(store, 'absent.pem').code).toBe(2);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(key('ec.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    expect(sign(store, 'ec.pem').stderr).toContain('holds a key of type ec, not ed25519');
  });

  it('refuses to sign what does not verify', () => {
    const store = copy();
    rmSync(objectPath(store, dated.manifest.objects[0]));
    expect(sign(store, 'own.pem').code).toBe(12);
  });

  it.skipIf(spawnSync('openssl', ['version']).status !== 0)('is made by keys of openssl, as documented', () => {
    const store = copy();
    openssl('genpkey', '-algorithm', 'ed25519', '-out', key('ssl.pem'));
    openssl('pkey', '-in', key('ssl.pem'), '-pubout', '-out', key('ssl.pub'));
    expect(sign(store, 'ssl.pem').code).toBe(0);
    expect(verify(store, 'ssl.pub').code).toBe(0);
  });
});
