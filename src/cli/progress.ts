import type { Ora } from 'ora';
import { printableLines } from '../model/plainText.js';

/** What the user sees of the work while it goes on; everything goes to stderr. */
export interface Progress {
  readonly stage: (text: string) => void;
  readonly warn: (text: string) => void;
  readonly end: (success?: boolean) => void;
  /** The stage that is under way. */
  readonly current: () => string | undefined;
}

/** Something that programs read of the work: one line of JSON each. */
export interface ProgressEvent {
  readonly event: 'stage.start' | 'stage.end' | 'warning' | 'end';
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [fact: string]: unknown;
}

export type ProgressStyle = 'spinner' | 'lines' | 'silent' | 'none';

/** A spinner on a terminal, one line per stage elsewhere, warnings alone when asked to be quiet; none where programs read. */
export async function progressOf(
  style: ProgressStyle,
  verbose: boolean,
  write: (line: string) => void,
): Promise<Progress> {
  if (style === 'spinner') return spinner();
  const began = performance.now();
  let current: string | undefined;
  const elapsed = () => (verbose ? `[${((performance.now() - began) / 1000).toFixed(2)} s] ` : '');
  return {
    stage: (text) => {
      current = text;
      if (style === 'lines') write(printableLines(elapsed() + text));
    },
    warn: (text) => {
      if (style !== 'none') write(printableLines(`warning: ${text}`));
    },
    end: () => {},
    current: () => current,
  };
}

async function spinner(): Promise<Progress> {
  const { default: ora } = await import('ora');
  let current: Ora | undefined;
  let stage: string | undefined;
  return {
    stage: (text) => {
      stage = text;
      current ??= ora({ stream: process.stderr }).start();
      current.text = text;
    },
    warn: (text) => {
      current?.clear();
      process.stderr.write(`${printableLines(`warning: ${text}`)}\n`);
    },
    end: (success = true) => {
      if (success) current?.stop();
      else current?.fail();
      current = undefined;
    },
    current: () => stage,
  };
}
