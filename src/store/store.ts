import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../model/canonicalJson.js';
import { XimError } from '../model/failure.js';
import { type Manifest, type ManifestObject, SCHEMA_VERSION } from '../model/manifest.js';
import { appendLine, publishFolder, writeAtomically } from './atomic.js';
import { corrupt, parseDocument, parseJson } from './documents.js';
import { digest, manifestSchema, schemaVersion } from './manifestSchema.js';
import { storeEntries, storePath } from './paths.js';

export const ALIASES = ['candidate', 'champion'] as const;
export type Alias = (typeof ALIASES)[number];
const isAlias = (reference: string): reference is Alias => ALIASES.some((alias) => alias === reference);

/** A version as the store knows it: its folder is `versions/<date>-<id8>`. */
export interface StoredVersion {
  readonly id: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

export interface HistoryEntry {
  readonly when: string;
  readonly who: string;
  readonly action: string;
  readonly why: string;
  readonly alias: Alias;
  readonly from: string | null;
  readonly to: string;
}

export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

const notFound = (message: string, hint: string) => new XimError('notFound', message, hint);

/** Objects are written once under the digest of their content and never change. */
export function writeObject(store: string, name: string, content: Uint8Array): ManifestObject {
  const digest = sha256(content);
  const path = objectPath(store, { name, sha256: digest });
  if (!isIntact(path, digest)) writeAtomically(path, content, 0o444);
  return { name, sha256: digest, bytes: content.byteLength };
}

function isIntact(path: string, digest: string): boolean {
  return existsSync(path) && sha256(readFileSync(path)) === digest;
}

export function objectPath(store: string, object: { readonly name: string; readonly sha256: string }): string {
  return storePath(store, 'objects', `${object.sha256}.${object.name.split('.').at(-1)}`);
}

/** Bytes of an object, checked against length and digest. @throws XimError `corrupt`. */
export function readObject(store: string, object: ManifestObject): Uint8Array {
  const path = objectPath(store, object);
  if (!existsSync(path)) throw corrupt(`object ${object.name} (${object.sha256.slice(0, 8)}) is missing from ${store}`);
  const content = readFileSync(path);
  if (content.byteLength !== object.bytes)
    throw corrupt(`${path} has ${content.byteLength} bytes, not ${object.bytes}`);
  const found = sha256(content);
  if (found !== object.sha256)
    throw corrupt(`${path} has digest ${found.slice(0, 8)}…, not ${object.sha256.slice(0, 8)}…`);
  return content;
}

export const versionName = (date: string, id: string): string => `${date}-${id.slice(0, 8)}`;

/** Publishes a manifest whose objects are all written. Returns the version, new or already there. */
export async function writeVersion(store: string, manifest: Manifest): Promise<StoredVersion> {
  const content = canonicalJson(manifest);
  const id = sha256(content);
  const name = versionName(manifest.asof, id);
  const folder = storePath(store, 'versions', name);
  const path = storePath(store, 'versions', name, MANIFEST);
  if (!existsSync(folder)) {
    await publishFolder(folder, async (temporary) => {
      writeAtomically(join(temporary, MANIFEST), content, 0o444);
    });
  } else if (!isIntact(path, id)) mendManifest(path, name, content);
  return readVersion(store, name);
}

/** What stands where a manifest belongs is damaged, unless another one has the same first digits. */
function mendManifest(path: string, name: string, content: string): void {
  if (existsSync(path) && name.endsWith(`-${sha256(readFileSync(path)).slice(0, 8)}`))
    throw corrupt(`${path} is another version of the same name`, 'move its folder to another store');
  writeAtomically(path, content, 0o444);
}

const MANIFEST = 'manifest.json';

/** `undated` is where matrices go that were brought without a date. */
export const VERSION_NAME = /^(\d{4}-\d{2}-\d{2}|undated)-[0-9a-f]{8}$/;

/** @throws XimError `notFound` when there is no store at the path. */
export function requireStore(store: string): void {
  if (!existsSync(store) || !statSync(store).isDirectory()) {
    throw notFound(`there is no store at ${store}`, 'check --store, or run "xim run" to make one');
  }
}

export function versionNames(store: string): string[] {
  return storeEntries(store, 'versions')
    .map((path) => basename(path))
    .filter((name) => VERSION_NAME.test(name));
}

/**
 * Reads a version by its folder's name and checks the manifest's digest and fields.
 * @throws XimError `corrupt` naming file, key and value found; `notFound` for a newer major schema version.
 */
export function readVersion(store: string, name: string): StoredVersion {
  const path = storePath(store, 'versions', name, MANIFEST);
  if (!existsSync(path)) throw corrupt(`${path} is missing`);
  const content = readFileSync(path, 'utf8');
  const id = sha256(content);
  if (!name.endsWith(id.slice(0, 8)))
    throw corrupt(`${path} has digest ${id.slice(0, 8)}…, which does not match its folder`);
  const document = parseJson(content, path);
  refuseNewer(parseDocument(schemaVersion, document, path).schemaVersion, name);
  return { id, folder: name, manifest: parseDocument(manifestSchema, document, path) };
}

const majorOf = (version: string): number => Number(version.split('.')[0]);

/** @throws XimError `notFound` for a version that only a newer program can read. */
function refuseNewer(version: string, name: string): void {
  if (majorOf(version) <= majorOf(SCHEMA_VERSION)) return;
  throw new XimError(
    'notFound',
    `${name} has schema version ${version}, newer than this program reads (${SCHEMA_VERSION})`,
    'upgrade xim',
  );
}

/** Resolves an alias, a version id, a unique prefix of one, a folder's name or a date (its version by alias or alone). */
export function resolveReference(store: string, reference: string): StoredVersion {
  if (!existsSync(store))
    throw notFound(`there is no store at ${store}`, 'check --store, or run "xim run" to make one');
  if (isAlias(reference)) {
    const version = aliasedVersion(store, reference);
    if (!version)
      throw notFound(
        `no version is ${reference} in ${store}`,
        reference === 'champion' ? 'promote one: xim promote REF' : 'make one: xim run --date D',
      );
    return version;
  }
  const names = versionNames(store);
  const matches = names.filter(
    (name) => name === reference || name.startsWith(`${reference}-`) || idMatches(store, name, reference),
  );
  if (matches.length === 1) return readVersion(store, matches[0]);
  if (matches.length === 0) throw notFound(`no version matches "${reference}" in ${store}`, 'list them: xim list');
  const preferred = ALIASES.map((alias) => readAlias(store, alias)).find(
    (target) => target !== undefined && matches.includes(target),
  );
  if (preferred !== undefined) return readVersion(store, preferred);
  throw notFound(`"${reference}" matches ${matches.length} versions: ${matches.join(', ')}`, 'give more of the id');
}

function idMatches(store: string, name: string, prefix: string): boolean {
  if (prefix.length < 4 || !/^[0-9a-f]+$/.test(prefix)) return false;
  const id8 = name.slice(-8);
  return prefix.length <= 8
    ? id8.startsWith(prefix)
    : prefix.startsWith(id8) && readVersion(store, name).id.startsWith(prefix);
}

/** Name of the version folder that an alias points at. @throws XimError `corrupt` for an alias that is none. */
export const readAlias = (store: string, alias: Alias): string | undefined => storedAlias(store, alias)?.version;

/** The version that an alias points at. @throws XimError `corrupt` where the version has not the id that the alias says. */
export function aliasedVersion(store: string, alias: Alias): StoredVersion | undefined {
  const target = storedAlias(store, alias);
  if (target === undefined) return undefined;
  const version = readVersion(store, target.version);
  if (target.id !== undefined && target.id !== version.id)
    throw corrupt(
      `${alias} is to be ${target.id.slice(0, 16)}…, and ${version.folder} is ${version.id.slice(0, 16)}…`,
      'promote the version that is meant: xim promote REF',
    );
  return version;
}

function storedAlias(store: string, alias: Alias): z.output<typeof aliasSchema> | undefined {
  const path = storePath(store, 'aliases', `${alias}.json`);
  if (!existsSync(path)) return undefined;
  return parseDocument(aliasSchema, parseJson(readFileSync(path, 'utf8'), path), path);
}

const versionReference = z.string().regex(VERSION_NAME, { message: 'is not the name of a version, <date>-<id8>' });

const aliasSchema = z
  .looseObject({ id: digest.optional(), version: versionReference })
  .refine(({ id, version }) => id === undefined || version.endsWith(`-${id.slice(0, 8)}`), {
    message: 'names a version and the id of another',
  });

/**
 * Points an alias at a version and records who did it and why, the record first: a move that a crash cuts off leaves an
 * entry that no alias follows, never an alias without its entry. It does
 * nothing when it points there already.
 */
export function moveAlias(
  store: string,
  alias: Alias,
  to: StoredVersion,
  entry: Pick<HistoryEntry, 'when' | 'who' | 'why' | 'action'>,
): boolean {
  const from = readAlias(store, alias) ?? null;
  if (from === to.folder) return false;
  const record: HistoryEntry = { ...entry, alias, from, to: to.folder };
  appendLine(storePath(store, 'history.jsonl'), JSON.stringify(record));
  writeAtomically(
    storePath(store, 'aliases', `${alias}.json`),
    `${JSON.stringify({ version: to.folder, id: to.id })}\n`,
  );
  return true;
}

/** History in order; a line cut off by a crash is left out. @throws XimError `corrupt` for an entry that is none. */
export function readHistory(store: string): HistoryEntry[] {
  const path = storePath(store, 'history.jsonl');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, k) => {
      const entry = wholeLine(line);
      return entry === undefined ? [] : [parseDocument(historySchema, entry, `${path}, line ${k + 1}`)];
    });
}

/** What a line holds; nothing where it was cut off. */
function wholeLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const historySchema = z.looseObject({
  when: z.string(),
  who: z.string(),
  action: z.string(),
  why: z.string(),
  alias: z.enum(ALIASES),
  from: versionReference.nullable(),
  to: versionReference,
}) satisfies z.ZodType<HistoryEntry>;

export const stageFolder = (store: string, stage: string, key: string): string =>
  storePath(store, 'stages', stage, key);

/** Key of a stage: digest of everything that its output depends on. */
export const stageKey = (parts: unknown): string => sha256(canonicalJson(parts)).slice(0, 32);
