import type { Config } from '../config/schema.js';
import type { Effects } from '../run/effects.js';
import type { SharedOptions } from './options/shared.js';

/** What a verb gives: the text for people, the document for programs, and 1 when gates failed. */
export interface CommandResult {
  readonly text: string;
  readonly json: unknown;
  readonly exitCode?: number;
}

/** What a verb works with. */
export interface Session {
  readonly config: Config;
  readonly origins: ReadonlyMap<string, string>;
  readonly options: SharedOptions;
  readonly effects: Effects;
  readonly packageVersion: string;
  readonly lockTimeoutMs: number;
}

export type Action<Arguments> = (session: Session, args: Arguments) => Promise<CommandResult> | CommandResult;
