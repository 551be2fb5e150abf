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

export type ProgressStyle = 'spinner' | 'lines' | 'json' | 'silent';

/** A spinner on a terminal, one line per stage elsewhere, nothing when asked to be quiet. */
export async function progressOf(
  style: ProgressStyle,
  verbose: boolean,
  write: (line: string) => void,
): Promise<Progress> {
  if (style === 'spinner') return spinner();
  const began = performance.now();
  const line = (level: string, text: string) =>
    write(style === 'json' ? JSON.stringify({ level, message: text }) : warned(level, text));
  let current: string | undefined;
  const elapsed = () => (verbose ? `[${((performance.now() - began) / 1000).toFixed(2)} s] ` : '');
  return {
    stage: (text) => {
      current = text;
      if (style !== 'silent') line('info', elapsed() + text);
    },
    warn: (text) => line('warn', text),
    end: () => {},
    current: () => current,
  };
}

const warned = (level: string, text: string) => printableLines(level === 'warn' ? `warning: ${text}` : text);

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
      process.stderr.write(`${warned('warn', text)}\n`);
    },
    end: (success = true) => {
      if (success) current?.stop();
      else current?.fail();
      current = undefined;
    },
    current: () => stage,
  };
}
