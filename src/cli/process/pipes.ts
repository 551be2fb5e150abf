import { EXIT } from './exitCodes.js';

/** A reader that has seen enough (`xim show | head`) closes the pipe: that is no failure of ours. */
export function endQuietlyWhenUnread(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode);
      if (stream === process.stdout) process.stderr.write(`error: the result cannot be written (${error.code})\n`);
      process.exit(EXIT.environment);
    });
}

export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
