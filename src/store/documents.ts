import type { z } from 'zod';
import { firstComplaint } from '../config/complaint.js';
import { XimError } from '../model/failure.js';

/** A file of the store that is not what was written. */
export const corrupt = (
  message: string,
  hint = 'restore the file from a backup, or make the version again: xim run --date D --force',
): XimError => new XimError('corrupt', message, hint);

/** @throws XimError `corrupt` for text that is no JSON. */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw corrupt(`${path} is not valid JSON`);
  }
}

/** A document of the store as its schema knows it. @throws XimError `corrupt` naming file, key and the value found. */
export function parseDocument<T>(schema: z.ZodType<T>, document: unknown, path: string): T {
  // A command reads a handful of documents: compiling a parser for them takes longer than it saves.
  const parsed = schema.safeParse(document, { jitless: true });
  if (!parsed.success) throw corrupt(`${path}: ${firstComplaint(parsed.error, document)}`);
  return parsed.data;
}
