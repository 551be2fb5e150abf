import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { XimError } from '../model/failure.js';
import { writeAtomically } from './atomic.js';
import { corrupt, parseDocument, parseJson } from './documents.js';
import { storePath } from './paths.js';
import type { StoredVersion } from './store.js';

/**
 * Detached ed25519 signatures of a manifest, one for each key, beside it: `versions/<v>/signatures.json`. They change no id, and
 * a manifest holds the digests of its objects.
 */
const SIGNATURES = 'signatures.json';

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, { message: 'is not base64' });
const signaturesSchema = z.looseObject({
  signatures: z.array(
    z.looseObject({
      key: z.string().regex(/^[0-9a-f]{64}$/, { message: 'is not the SHA-256 of a key' }),
      signature: base64,
    }),
  ),
});

/** What is signed is a manifest of this program under this id and nothing else that a key may sign. */
const signedBytes = ({ id }: StoredVersion, manifest: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`xim manifest, ed25519, 1\n${id}\n`), manifest]);

/** A private key of PEM text. @throws XimError `usage` for any other, one with a passphrase among them. */
export const signingKey = (pem: string, name: string): KeyObject => keyOf(() => createPrivateKey(pem), name, 'private');

/** A public key of PEM text, or that of a private one. @throws XimError `usage` for any other. */
export const verifyingKey = (pem: string, name: string): KeyObject => keyOf(() => createPublicKey(pem), name, 'public');

function keyOf(read: () => KeyObject, name: string, kind: 'private' | 'public'): KeyObject {
  const hint =
    kind === 'private'
      ? 'make one: openssl genpkey -algorithm ed25519 -out signing.pem'
      : 'make one of a private key: openssl pkey -in signing.pem -pubout -out public.pem';
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw new XimError('usage', `${name} holds no ${kind} key in PEM that can be read without a passphrase`, hint);
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new XimError('usage', `${name} holds a key of type ${key.asymmetricKeyType}, not ed25519`, hint);
}

/** SHA-256 of the public half of a key, by which signatures are told apart. */
export function keyId(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(half.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** Signs a version; a signature by the same key is replaced. False where it is there already. The lock must be held. */
export function signVersion(store: string, version: StoredVersion, key: KeyObject): boolean {
  const id = keyId(key);
  const signature = sign(null, signedBytes(version, manifestBytes(store, version)), key).toString('base64');
  const others = signaturesOf(store, version);
  if (others.some((known) => known.key === id && known.signature === signature)) return false;
  const signatures = [...others.filter((known) => known.key !== id), { key: id, signature }];
  writeAtomically(signaturePath(store, version), `${JSON.stringify({ signatures }, null, 1)}\n`);
  return true;
}

/** @throws XimError `corrupt` where a version has no signature by this key, or one of other bytes. */
export function checkSignature(store: string, version: StoredVersion, key: KeyObject): void {
  const id = keyId(key);
  const signatures = signaturesOf(store, version);
  const own = signatures.find((known) => known.key === id);
  const hint = 'use a version that was signed, or sign it if it is yours: xim sign REF --key FILE';
  if (!own)
    throw corrupt(
      signatures.length === 0
        ? `${version.folder} is not signed`
        : `${version.folder} is signed by ${signatures.map((known) => short(known.key)).join(', ')}, not by ${short(id)}`,
      hint,
    );
  const bytes = signedBytes(version, manifestBytes(store, version));
  if (!verify(null, bytes, key, Buffer.from(own.signature, 'base64')))
    throw corrupt(`${version.folder}: the signature by ${short(id)} is of other bytes`, hint);
}

/** The digits of a key that are shown. */
const short = (id: string): string => `key ${id.slice(0, 16)}`;

const signaturePath = (store: string, { folder }: StoredVersion): string =>
  storePath(store, 'versions', folder, SIGNATURES);

const manifestBytes = (store: string, { folder }: StoredVersion): Uint8Array =>
  readFileSync(storePath(store, 'versions', folder, 'manifest.json'));

function signaturesOf(store: string, version: StoredVersion) {
  const path = signaturePath(store, version);
  if (!existsSync(path)) return [];
  return parseDocument(signaturesSchema, parseJson(readFileSync(path, 'utf8'), path), path).signatures;
}
