import { fstatSync, fsyncSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { EXIT } from './exitCodes.js';

/**
 * A reader that has seen enough (`xim show | head`) closes the pipe: that is no failure of ours, and what is still to do is
 * done. Progress that nobody can read is no reason to stop either.
 */
export function goOnUnread(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(`error: the result cannot be written (${error.code})\n`);
    process.exit(EXIT.environment);
  });
}

export function printJson(document: unknown): void {
  print(`${JSON.stringify(document)}\n`);
}

/**
 * Writes to stdout; where that is a file, to the last byte: a stream takes a part that a full disk took for the whole.
 * @throws the system's error when a file or device does not take it
 */
export function print(text: string): void {
  const kind = fstatSync(STDOUT);
  if (isatty(STDOUT) || !(kind.isFile() || kind.isCharacterDevice())) {
    process.stdout.write(text);
    return;
  }
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(STDOUT, bytes, at);
    // Some file systems say only now that there was no room.
    if (kind.isFile()) fsyncSync(STDOUT);
  } catch (error) {
    throw Object.assign(error as Error, { path: 'the result, on stdout' });
  }
}

const STDOUT = 1;
