import type { Config } from '../config/schema.js';
import type { Name } from '../model/buckets.js';
import type { EventList } from '../model/events.js';
import type { Validation } from '../stages/validate/walkForward.js';
import type { LockOwner } from '../store/lock.js';
import type { Reference } from './window/reference.js';

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
  /** From now on it does not, until it is started again: its processor has other work. */
  readonly pauseBlasHelper: () => void;
  /** Validates on a thread of its own; absent where there is none to be had. */
  readonly validateBeside?: (task: ValidationTask) => BesideWork<Validation | undefined>;
}

/** A window all of whose sums are in the store, as plain data: another thread can be given it. */
export interface ValidationTask {
  readonly config: Config;
  readonly date: string;
  readonly names: readonly Name[];
  readonly events: EventList;
  readonly reference: Reference;
}

/** Work on another thread. */
export interface BesideWork<T> {
  /** What it came to, or why it failed; never rejected, as nobody may be waiting yet. */
  readonly outcome: Promise<{ readonly value: T } | { readonly failure: Error }>;
  /** Ends it where it is. */
  readonly end: () => Promise<void>;
}
