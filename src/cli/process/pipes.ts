/** A reader that has seen enough (`xim show | head`) closes the pipe: that is no failure of ours. */
export function endQuietlyWhenUnread(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(process.exitCode);
    });
}

export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
