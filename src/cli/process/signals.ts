import { hostname } from 'node:os';

/** An interrupted writer gives its lock back; whatever it was writing is still a temporary file. */
export function endOnSignals(store: string): void {
  const end = async (code: number) => {
    const { releaseOwn } = await import('../../store/lock.js');
    releaseOwn(store, { pid: process.pid, host: hostname() });
    process.exit(code);
  };
  process.once('SIGINT', () => void end(130));
  process.once('SIGTERM', () => void end(143));
}
