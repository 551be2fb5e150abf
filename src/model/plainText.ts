/**
 * Names that people and programs are shown: in terminals, tables, Markdown, HTML. Characters that are not seen there, or that
 * move what stands beside them, are no part of a name.
 */

/**
 * Characters that move a cursor, recolour a terminal, end a line or turn the direction of a text: control characters, line and
 * paragraph separators, marks and overrides of direction; halves of a character and what is none.
 */
const UNSEEN = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\p{Cs}\ufffe\uffff]/gu;

/** Text with every character that is not seen shown by its code. */
export const printable = (text: string): string =>
  text.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The same of several lines: their ends and tabs stay. */
export const printableLines = (text: string): string =>
  text.replace(UNSEEN, (character) => (character === '\n' || character === '\t' ? character : printable(character)));

export const isPlain = (text: string): boolean => printable(text) === text;

/** For messages: the text in quotes, with what is not seen by its code. */
export const quoted = (text: string): string => printable(JSON.stringify(text));

/** What to do about a text that is not plain. */
export const WRITE_PLAIN = 'write it without control characters, line breaks and marks of direction';

const LONGEST_NAME = 255;

/** Whether a text is the name of a file and nothing else: no separator, no way up, nothing unseen. */
export const isPlainName = (text: string): boolean =>
  text.length > 0 &&
  text.length <= LONGEST_NAME &&
  text !== '.' &&
  text !== '..' &&
  !/[/\\]/.test(text) &&
  isPlain(text);
