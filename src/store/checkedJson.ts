import { createHash } from 'node:crypto';

/** JSON with a digest of itself before it: damage of any byte shows. For caches, which are made again. */
export function checkedJson(value: unknown): string {
  const text = JSON.stringify(value);
  return `${HEAD}${digestOf(text)}${MIDDLE}${text}${TAIL}`;
}

const HEAD = '{"sha256":"';
const MIDDLE = '","content":';
const TAIL = '}\n';
const TEXT_AT = HEAD.length + 64 + MIDDLE.length;

/** What {@link checkedJson} wrote; `undefined` for any other text. */
export function contentOf(document: string): unknown {
  const text = document.slice(TEXT_AT, -TAIL.length);
  if (document !== `${HEAD}${digestOf(text)}${MIDDLE}${text}${TAIL}`) return undefined;
  return JSON.parse(text);
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
