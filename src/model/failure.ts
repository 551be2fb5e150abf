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

/** Limits of a process, by the names that the system gives them, and that of objects on a thread. */
export type ProcessLimit = 'heap' | 'Max open files' | 'Max address space' | 'Max file size' | 'Max processes';

interface Refusal {
  readonly sign: RegExp;
  readonly what: string;
  readonly hint: string;
  readonly limit?: ProcessLimit;
}

/** What the machine refused: neither the input nor this program is at fault. */
const REFUSALS: readonly Refusal[] = [
  { sign: /\bENOSPC\b|No space left/i, what: 'no space is left', hint: 'make room, or move the store' },
  { sign: /\bEDQUOT\b|quota exceeded/i, what: 'the quota is used up', hint: 'make room, or move the store' },
  {
    sign: /\bEFBIG\b|File too large/i,
    what: 'a file would be larger than allowed',
    hint: 'raise the limit: ulimit -f',
    limit: 'Max file size',
  },
  { sign: /\bEROFS\b|Read-only file system/i, what: 'the file system is read-only', hint: 'choose another store' },
  {
    sign: /\bEACCES\b|\bEPERM\b|Permission denied/i,
    what: 'permission is denied',
    hint: 'check the owner and the mode',
  },
  {
    sign: /\bEMFILE\b|\bENFILE\b|Too many open files/i,
    what: 'too many files are open',
    hint: 'raise the limit: ulimit -n',
    limit: 'Max open files',
  },
  { sign: /\bEIO\b|Input\/output error/i, what: 'the device fails', hint: 'check the disk' },
  { sign: /\bESTALE\b|Stale file handle/i, what: 'a file of another machine is gone', hint: 'check the mount' },
  {
    sign: /\bENAMETOOLONG\b|File name too long/i,
    what: 'a path is too long',
    hint: 'choose a shorter folder or name: most systems allow 255 bytes in a name and 4096 in a path',
  },
  {
    sign: /ERR_WORKER_INIT_FAILED|Resource temporarily unavailable|\bEAGAIN\b/,
    what: 'no thread or process can be started',
    hint: 'raise the limit: ulimit -u',
    limit: 'Max processes',
  },
  {
    sign: /ERR_DLOPEN_FAILED|ERR_MODULE_NOT_FOUND/,
    what: 'a part of the program cannot be loaded',
    hint: 'install it again on this machine, and check its limits (ulimit -a)',
    limit: 'Max address space',
  },
  {
    sign: /ERR_WORKER_OUT_OF_MEMORY|heap out of memory/,
    what: 'the memory for objects is used up',
    hint: 'raise it: NODE_OPTIONS=--max-old-space-size=8192 (MB), or take fewer names or days',
    limit: 'heap',
  },
  {
    sign: /ERR_STRING_TOO_LONG|Invalid string length|(Map|Set) maximum size exceeded/,
    what: 'a document or table is larger than Node.js can hold',
    hint: 'take fewer names or days',
  },
  {
    // A length in milliards is no slip of a program: so much was needed.
    sign: /Out of Memory Error|Cannot allocate memory|\bENOMEM\b|bad_alloc|Array buffer allocation failed|Invalid typed array length: \d{10}|WebAssembly\.(Memory|Instance)\b.*(allocate|grow)/i,
    what: 'memory is used up',
    hint: 'raise engine.memory or the limit of the process (ulimit -v), or take fewer names or days',
    limit: 'Max address space',
  },
];

/**
 * An error of the system or the engine as what the machine refused; `undefined` for any other.
 * @param limitOf what the process may have, where that is known and not unlimited
 */
export function refusalOfMachine(
  error: unknown,
  limitOf: (limit: ProcessLimit) => string | undefined = () => undefined,
): XimError | undefined {
  if (error instanceof XimError) return undefined;
  const { code, message, path } = error as { code?: unknown; message?: unknown; path?: unknown };
  // The engine puts what the system said below what it made of it.
  const lines = [
    ...(typeof message === 'string' ? message.split('\n') : []),
    ...(typeof code === 'string' ? [code] : []),
  ];
  for (const { sign, what, hint, limit } of REFUSALS) {
    const found = lines.find((line) => sign.test(line));
    if (found === undefined) continue;
    const said = found === code ? lines[0] : found;
    const allowed = limit && limitOf(limit);
    return new XimError(
      'environment',
      `${what}: ${typeof path === 'string' ? path : said}${allowed === undefined ? '' : ` (limit ${allowed})`}`,
      hint,
    );
  }
  return undefined;
}

/** Any other call of the system that failed and that nobody expected to: a file or device that went away. */
export function failedCall(error: unknown): XimError | undefined {
  const { code, syscall, message } = error as Partial<Record<'code' | 'syscall' | 'message', unknown>>;
  if (typeof syscall !== 'string' || typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return undefined;
  return new XimError(
    'environment',
    `the system refuses: ${String(message)}`,
    'see that the file or folder is there, is what it should be, and is left alone while a command works',
  );
}
