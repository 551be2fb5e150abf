import type { Outcome, Request } from '../perform.js';

/** What the thread that computes is given. */
export interface Task {
  /** Of the verb, which is the name of its file. */
  readonly verb: string;
  readonly request: Request;
}

/** What it says, one thing at a time. */
export type Message =
  | { readonly kind: 'stage' | 'warn'; readonly text: string }
  /** The configuration is read; nothing was done yet. */
  | { readonly kind: 'opened'; readonly store: string }
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  /** It was asked to stop, and it heard it: it waits for the engine, or for another process. */
  | { readonly kind: 'stopping' }
  /** It does nothing any more, and cannot be ended: the engine is at work for it. */
  | { readonly kind: 'frozen' };

/** How long the engine gets to give up a query. */
export const ENGINE_PATIENCE_MS = 500;
