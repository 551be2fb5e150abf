import type { LockOwner } from '../store/lock.js';

/** Everything a command does to the world besides its store: passed in, so that a command runs in a test as it is. */
export interface Effects extends LockOwner {
  readonly user: string;
  /** What the records of this process are named by; by their start and its number where there is none. */
  readonly runId?: string;
  /** Folder for files that do not outlive the process. */
  readonly temporaryFolder: string;
  /** A stage begins; progress goes to stderr. */
  readonly stage: (text: string) => void;
  readonly warn: (text: string) => void;
  /** Lets a second thread help the kernels from now on; results do not depend on it. */
  readonly startBlasHelper: () => void;
}
