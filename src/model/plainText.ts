/**
 * Names that people and programs are shown: in terminals, tables, Markdown, HTML. Characters that are not seen there, or that
 * move what stands beside them, are no part of a name.
 */

/** Control characters, separators of lines, and marks that turn the direction of text; halves of a character. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cs}\ufffe\uffff]/u;

export const isPlain = (text: string): boolean => !UNSEEN.test(text);

/** The text with what is not seen by its number. */
export const visible = (text: string): string =>
  text.replace(new RegExp(UNSEEN, 'gu'), (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** For messages: the same in quotes. */
export const quoted = (text: string): string => visible(JSON.stringify(text));

/** What to do about a text that is not plain. */
export const WRITE_PLAIN = 'write it without control characters, line breaks and marks of direction';
