import type { z } from 'zod';
import { configError } from '../model/failure.js';
import { isPlain, quoted, WRITE_PLAIN } from '../model/plainText.js';
import { firstComplaint } from './complaint.js';
import { settableKeys } from './keys.js';
import { type Config, configSchema } from './schema.js';

export type Origin = 'flag' | 'environment' | 'file' | 'default';

/** A setting by its dotted path, as text from a flag or the environment. */
export interface Setting {
  readonly path: string;
  readonly text: string;
  /** How the user wrote it, for messages. */
  readonly writtenAs: string;
}

export interface ConfigSources {
  /** Parsed content of the file; `undefined` without one. */
  readonly file: unknown;
  readonly fileName: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: readonly Setting[];
}

export interface ResolvedConfig {
  readonly config: Config;
  /** Where each leaf came from, by dotted path. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** Variables of the environment that begin like ours and are none. */
  readonly ignored: readonly string[];
}

type Tree = { [key: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Merges flag > environment > file > default and checks the whole. @throws config error naming key and value. */
export function resolveConfig(sources: ConfigSources): ResolvedConfig {
  const file = sources.file ?? {};
  if (!isTree(file))
    throw configError(
      `${sources.fileName} holds ${JSON.stringify(file)}, not keys and values`,
      'write it as YAML: key: value',
    );
  checkKeys(file, sources.fileName);
  const { settings: environment, ignored } = environmentSettings(sources.environment);
  const merged = structuredClone(file) as Tree;
  for (const setting of [...environment, ...sources.flags]) assign(merged, setting);
  refuseUnseen(merged, sources.fileName);
  const parsed = configSchema.safeParse(merged);
  if (!parsed.success) throw schemaError(parsed.error, merged, sources.fileName);
  const origins = new Map<string, Origin>();
  for (const path of leafPaths(parsed.data)) origins.set(path, 'default');
  for (const path of leafPaths(file)) origins.set(path, 'file');
  for (const { path } of environment) origins.set(path, 'environment');
  for (const { path } of sources.flags) origins.set(path, 'flag');
  return { config: parsed.data, origins, ignored };
}

/** @throws config error for a word that no table could show, and that would end a query of the engine */
function refuseUnseen(tree: unknown, fileName: string, path = ''): void {
  const word = (text: string, what: string) => {
    if (!isPlain(text)) throw configError(`${what} in ${fileName} is ${quoted(text)}`, WRITE_PLAIN);
  };
  if (typeof tree === 'string') word(tree, path);
  if (typeof tree !== 'object' || tree === null) return;
  for (const [key, value] of Object.entries(tree)) {
    word(key, `a key of ${path || 'the top'}`);
    refuseUnseen(value, fileName, path === '' ? key : `${path}.${key}`);
  }
}

/**
 * `XIM_FIT__WINDOW=10d` sets `fit.window`: two underscores separate levels. Other programs have variables that begin alike,
 * `XIM_PROGRAM` of input methods: those are ignored. @throws config error for one that looks like a slip of a key.
 */
function environmentSettings(environment: ConfigSources['environment']) {
  const defaults = configSchema.parse({});
  const known = new Set(leafPaths(defaults));
  const settings: Setting[] = [];
  const ignored: string[] = [];
  const names = Object.keys(environment).filter((name) => name.startsWith('XIM_') && name !== 'XIM_CONFIG');
  for (const name of names.filter((name) => environment[name] !== undefined).sort()) {
    const path = name.slice(4).toLowerCase().replaceAll('__', '.');
    if (known.has(path) || isKeyOfForm(path)) settings.push({ path, text: environment[name]!, writtenAs: name });
    else if (isMeant(path, known)) throw unknownKey(path, `environment variable ${name}`, known);
    else ignored.push(name);
  }
  return { settings, ignored };
}

/** Edits within which a variable with levels is a key that was mistyped. */
const SLIP = 2;

/**
 * Whether a variable that sets nothing was to set something: it has a section of ours, or nearly a key, or it is a key but for
 * its underscores, or a part of one that stands for it on the command line, `XIM_WINDOW`.
 */
function isMeant(path: string, known: ReadonlySet<string>): boolean {
  const letters = (text: string) => text.replaceAll(/[._]/g, '');
  const keys = [...known];
  if (keys.some((key) => letters(key) === letters(path) || key.split('.').includes(path))) return true;
  if (!path.includes('.')) return false;
  const section = path.slice(0, path.indexOf('.'));
  return keys.some((key) => key.startsWith(`${section}.`) || editDistance(path, key) <= SLIP);
}

function assign(tree: Tree, { path, text, writtenAs }: Setting): void {
  const keys = path.split('.');
  const known = new Set(leafPaths(configSchema.parse({})));
  // Not a key of anything: it would change every object of the program.
  if (keys.includes('__proto__')) throw unknownKey(path, writtenAs, known);
  if (!known.has(path) && !isFreeKey(path) && !isKeyOfForm(path)) throw unknownKey(path, writtenAs, known);
  let at = tree;
  for (const key of keys.slice(0, -1)) {
    if (!isTree(at[key])) at[key] = {};
    at = at[key] as Tree;
  }
  at[keys.at(-1)!] = PLAIN_TEXT.has(path) ? text : scalar(text);
}

/** Sections whose keys are the user’s own words: dates, venues, columns, failure modes, arms. The schema checks what they hold. */
const FREE_SECTIONS = [
  'align.clock_offsets',
  'calendar.overrides',
  'data.columns',
  'data.headers',
  'data.rows',
  'data.sides',
  'validate.gates.accept',
  'validate.arms.split',
];
const isFreeKey = (path: string): boolean => FREE_SECTIONS.some((section) => path.startsWith(`${section}.`));

/** Whether a key stands in a form that its section may have instead of a word, which the defaults do not show. */
const isKeyOfForm = (path: string): boolean => settableKeys().some(({ key }) => key === path);

/** Keys whose value is text whatever it looks like. */
const PLAIN_TEXT = new Set(['model', 'store', 'data.root']);

/** Text of a flag or variable as the value YAML would read: JSON where it is JSON, else the text itself. */
function scalar(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function checkKeys(tree: Tree, fileName: string): void {
  const known = allPaths(configSchema.parse({}));
  const visit = (node: Tree, prefix: string) => {
    for (const [key, value] of Object.entries(node)) {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      if (isFreeKey(path)) continue;
      if (!known.has(path) && !isKeyOfForm(path)) throw unknownKey(path, fileName, known);
      if (isTree(value)) visit(value, path);
    }
  };
  visit(tree, '');
}

function unknownKey(path: string, where: string, ofDefaults: ReadonlySet<string>) {
  const known = [...new Set([...ofDefaults, ...settableKeys().map(({ key }) => key)])];
  const parts = known.filter((key) => key.endsWith(`.${path}`) || key.startsWith(`${path}.`));
  const nearest = (parts.length > 0 ? parts : known).reduce((best, candidate) =>
    editDistance(path, candidate) < editDistance(path, best) ? candidate : best,
  );
  return configError(`unknown key "${path}" in ${where}`, `did you mean "${nearest}"?`);
}

function schemaError(error: z.ZodError, tree: Tree, fileName: string) {
  return configError(
    firstComplaint(error, tree),
    `change it in ${fileName}, or where it was set; "xim schema" lists every key`,
  );
}

function leafPaths(tree: unknown, prefix = ''): string[] {
  if (!isTree(tree) || Object.keys(tree).length === 0) return prefix === '' ? [] : [prefix];
  return Object.entries(tree).flatMap(([key, value]) => leafPaths(value, prefix === '' ? key : `${prefix}.${key}`));
}

function allPaths(tree: Tree): Set<string> {
  const paths = new Set<string>();
  for (const leaf of leafPaths(tree)) {
    const keys = leaf.split('.');
    keys.forEach((_, k) => {
      paths.add(keys.slice(0, k + 1).join('.'));
    });
  }
  return paths;
}

/** Levenshtein distance. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row.push(Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    previous = row;
  }
  return previous[b.length];
}
