import { dataError, type XimError } from '../model/failure.js';

const MOST_SHOWN = 120;

/** What the engine says of a line of text that it cannot read, for the reader of a feed; `undefined` for other errors. */
export function csvFault(path: string, message: string): XimError | undefined {
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
  if (line === undefined) return undefined;
  const text = /Original Line: ([^\n]*)/.exec(message)?.[1] ?? '';
  const cut = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
  const [what, hint] = causeOf(message);
  const isEnd = 'if it is the last line, the file was cut off: write it again';
  return dataError(`${path}, line ${line}: ${what}: ${JSON.stringify(cut)}`, hint ?? `${isEnd}; else mend the line`);
}

function causeOf(message: string): [what: string, hint?: string] {
  const fields = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  if (fields) return [`it has ${fields[2]} fields, the header ${fields[1]}`];
  if (/not utf-8|invalid unicode/i.test(message))
    return ['bytes that are not UTF-8; it looks like Latin-1 or Windows-1252', 'save it as UTF-8'];
  if (/unterminated quote/i.test(message)) return ['a quote is opened and not closed'];
  if (/quote/i.test(message))
    return ['a quote is closed in the middle of a field', 'write a quote inside of quotes twice'];
  if (/maximum line size/i.test(message))
    return ['it is longer than any row', 'is the file a table, with a row per line?'];
  return ['it cannot be read'];
}
