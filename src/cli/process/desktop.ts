import { spawn } from 'node:child_process';

/** What a desktop opens a file with: a program and its arguments, never a line for a shell. */
export interface Opener {
  readonly file: string;
  readonly args: readonly string[];
}

export interface Desktop {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether somebody looks at the output. */
  readonly isTerminal: boolean;
}

/** How to open a file here; undefined where there is no desktop, or where nobody is at it. */
export function openerOf({ platform, environment, isTerminal }: Desktop, path: string): Opener | undefined {
  if (!isTerminal || environment.CI) return undefined;
  if (platform === 'darwin') return { file: 'open', args: [path] };
  // `start` is a word of the shell; this is the program behind a double click.
  if (platform === 'win32') return { file: 'explorer.exe', args: [path] };
  return environment.DISPLAY || environment.WAYLAND_DISPLAY ? { file: 'xdg-open', args: [path] } : undefined;
}

/** Starts the program and does not wait for it; what it says is nobody's business. Resolves to whether it could be started. */
export function openWith({ file, args }: Opener): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: 'ignore', detached: true });
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
    child.once('error', () => resolve(false));
  });
}
