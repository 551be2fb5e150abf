import type { Config } from '../config/schema.js';
import type { Effects } from '../run/effects.js';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly store?: string;
  readonly data?: string;
  readonly window?: string;
  readonly threads?: string;
  readonly memory?: string;
  readonly rho?: string;
  readonly floor?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly logFormat?: string;
  readonly lockTimeout?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** What a command returns: the text for people, the document for programs, and whether gates passed. */
export interface CommandResult {
  readonly text: string;
  readonly json: unknown;
  readonly exitCode?: number;
}

/** What a command works with. */
export interface Session {
  readonly config: Config;
  readonly origins: ReadonlyMap<string, string>;
  readonly options: GlobalOptions;
  readonly effects: Effects;
  readonly packageVersion: string;
  readonly lockTimeoutMs: number;
}

export type Command<Arguments> = (session: Session, args: Arguments) => Promise<CommandResult> | CommandResult;
