/** Failures that a person can mend. `kind` decides the exit code; `hint` says what to do. */
export type FailureKind =
  | 'usage'
  | 'config'
  | 'data'
  | 'numerical'
  | 'gate'
  | 'notFound'
  | 'locked'
  | 'corrupt'
  | 'environment'
  /** Nothing is wrong and there is nothing to do: a holiday. */
  | 'noTradingDay';

export class XimError extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'XimError';
  }
}

/** Input that is missing or cannot be used: names the file, column or row and the value found. */
export const dataError = (message: string, hint: string): XimError => new XimError('data', message, hint);
export const configError = (message: string, hint: string): XimError => new XimError('config', message, hint);

/** What the machine refused: neither the input nor this program is at fault. */
const REFUSALS: readonly { readonly sign: RegExp; readonly what: string; readonly hint: string }[] = [
  { sign: /ENOSPC|No space left/i, what: 'no space is left', hint: 'make room, or move the store' },
  { sign: /EDQUOT|quota exceeded/i, what: 'the quota is used up', hint: 'make room, or move the store' },
  { sign: /EROFS|Read-only file system/i, what: 'the file system is read-only', hint: 'choose another store' },
  { sign: /EACCES|EPERM|Permission denied/i, what: 'permission is denied', hint: 'check the owner and the mode' },
  { sign: /EMFILE|ENFILE|Too many open files/i, what: 'too many files are open', hint: 'raise the limit: ulimit -n' },
  { sign: /EIO\b|Input\/output error/i, what: 'the device fails', hint: 'check the disk' },
  { sign: /ENAMETOOLONG|File name too long/i, what: 'a path is too long', hint: 'choose a shorter folder' },
  {
    sign: /Out of Memory Error|Cannot allocate memory|ENOMEM/i,
    what: 'memory is used up',
    hint: 'raise engine.memory, or take fewer names or days',
  },
];

/** An error of the system or the engine as what the machine refused; `undefined` for any other. */
export function refusalOfMachine(error: unknown): XimError | undefined {
  if (error instanceof XimError) return undefined;
  const { code, message, path } = error as { code?: unknown; message?: unknown; path?: unknown };
  // The engine puts what the system said below what it made of it.
  const lines = [
    ...(typeof code === 'string' ? [code] : []),
    ...(typeof message === 'string' ? message.split('\n') : []),
  ];
  for (const { sign, what, hint } of REFUSALS) {
    const said = lines.find((line) => sign.test(line));
    if (said !== undefined)
      return new XimError('environment', `${what}: ${typeof path === 'string' ? path : said}`, hint);
  }
  return undefined;
}
