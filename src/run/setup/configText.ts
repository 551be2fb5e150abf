import { Document, isMap, isScalar, isSeq, type Node, type Scalar, visit } from 'yaml';
import { resolveConfig } from '../../config/resolve.js';
import type { Setting } from './setting.js';

/** Text of a configuration, and the settings that this program does not take. */
export interface ConfigText {
  readonly text: string;
  readonly refused: readonly (Setting & { readonly why: string })[];
}

/** A configuration that the program reads without complaint, with the reason for each key beside it. */
export function configText(settings: readonly Setting[]): ConfigText {
  const taken: Setting[] = [];
  const refused: (Setting & { why: string })[] = [];
  for (const setting of settings) {
    const fitting = [setting, ...substitutes(setting)].find((tried) => complaintAbout([...taken, tried]) === undefined);
    if (fitting) taken.push(fitting);
    else refused.push({ ...setting, why: complaintAbout([...taken, setting])! });
  }
  return { text: documentOf(taken, refused), refused };
}

/** What serves where a form of a key is not known: the last second of a day for its end. */
function substitutes({ key, value, evidence }: Setting): Setting[] {
  const text = JSON.stringify(value);
  return key === 'calendar.sessions' && text.includes('"24:00"')
    ? [{ key, value: JSON.parse(text.replaceAll('"24:00"', '"23:59:59"')), evidence }]
    : [];
}

function complaintAbout(settings: readonly Setting[]): string | undefined {
  try {
    resolveConfig({ file: treeOf(settings), fileName: 'the proposal', environment: {}, flags: [] });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type Tree = { [key: string]: unknown };

function treeOf(settings: readonly Setting[]): Tree {
  const tree: Tree = {};
  for (const { key, value } of settings) {
    const keys = key.split('.');
    let at = tree;
    for (const part of keys.slice(0, -1)) {
      at[part] ??= {};
      at = at[part] as Tree;
    }
    at[keys[keys.length - 1]] = value;
  }
  return tree;
}

function documentOf(taken: readonly Setting[], refused: readonly (Setting & { why: string })[]): string {
  const document = new Document(treeOf(taken));
  for (const { key, evidence } of taken) annotate(document, key.split('.'), evidence);
  document.commentBefore = [
    ' Written by "xim init" from what the folder holds. Every other key has a default: xim config',
    ...refused.map((setting) =>
      commented(`left out: ${setting.key}: ${JSON.stringify(setting.value)} (${setting.why})`),
    ),
  ].join('\n');
  return document.toString({ lineWidth: 0 });
}

/** Scalars and short lists keep their reason on the same line; it stands above a map. */
function annotate(document: Document, path: readonly string[], evidence: string): void {
  const node = document.getIn(path, true) as Node;
  if (isScalar(node)) node.comment = commented(evidence);
  if (isSeq(node)) {
    node.flow = true;
    node.comment = commented(evidence);
    // Readers of older YAML take 10:00 for a number.
    visit(node, { Scalar: quoted });
  }
  if (!isMap(node)) return;
  for (const pair of node.items) if (isMap(pair.value)) pair.value.flow = true;
  const parent = document.getIn(path.slice(0, -1)) as unknown;
  if (!isMap(parent)) return;
  const pair = parent.items.find(({ key }) => (key as Scalar).value === path[path.length - 1]);
  if (pair && isScalar(pair.key)) pair.key.commentBefore = commented(evidence);
}

function quoted(_: unknown, scalar: Scalar): void {
  if (typeof scalar.value === 'string') scalar.type = 'QUOTE_DOUBLE';
}

/** One line, whatever the text holds: folders and columns have the names that somebody gave them. */
const commented = (text: string): string =>
  ` ${text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}`;

/** A universe with every name in one block. */
export function universeText(symbols: readonly string[]): string {
  return `symbol,block\n${symbols.map((symbol) => `${csvField(symbol)},all\n`).join('')}`;
}

const csvField = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
