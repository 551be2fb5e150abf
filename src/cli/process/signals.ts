/** An interrupted writer gives its lock back; whatever it was writing is still a temporary file. */
export function endOnSignals(store: string): void {
  const end = async (code: number) => {
    const { breakLock, readLock } = await import('../../store/lock.js');
    if (readLock(store)?.pid === process.pid) breakLock(store);
    process.exit(code);
  };
  process.once('SIGINT', () => void end(130));
  process.once('SIGTERM', () => void end(143));
}
