import type { Config } from '../config/schema.js';
import type { Effects } from '../run/effects.js';
import type { SharedOptions } from './options/shared.js';

/** What a verb gives: the text for people, the document for programs, and 1 when gates failed. */
export interface CommandResult {
  readonly text: string;
  readonly json: unknown;
  readonly exitCode?: number;
  /** What logs and metrics have of it. */
  readonly facts?: RunFacts;
}

/** What monitoring wants to know of a calibration; names of keys are those of logs. */
export interface RunFacts {
  readonly model: string;
  readonly version: string;
  readonly id: string;
  readonly asof: string;
  readonly fresh: boolean;
  readonly names: number;
  readonly days: number;
  readonly certificate: string;
  /** Verdict of every gate. */
  readonly gates: Readonly<Record<string, string>>;
  /** Rows that were read, by dataset. */
  readonly rows: Readonly<Record<string, number>>;
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
