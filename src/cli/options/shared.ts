import { Option } from 'commander';
import type { Setting } from '../../config/resolve.js';
import { XimError } from '../../model/failure.js';
import { nonNegative, repeated } from './parsers.js';

/** What `SHARED_OPTIONS` give. */
export interface SharedOptions {
  readonly config?: string;
  readonly store?: string;
  readonly data?: string;
  readonly window?: string;
  readonly threads?: string;
  readonly memory?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly logFormat?: string;
  readonly metrics?: string;
  readonly lockTimeout?: number;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Options that every verb takes. */
export const SHARED_OPTIONS: readonly Option[] = [
  new Option('--config <file>', 'configuration (default: XIM_CONFIG, then ./xim.yaml)'),
  new Option('--store <folder>', 'store'),
  new Option('--data <folder>', 'data.root'),
  new Option('--window <days>', 'fit.window, such as 20d'),
  new Option('--set <key=value>', 'any configuration key; may be repeated').argParser(repeated),
  new Option('--threads <n>', 'threads; the result does not depend on them'),
  new Option('--memory <size>', 'memory that a command may take, such as 2GB'),
  new Option('--lock-timeout <seconds>', 'how long to wait for a locked store').argParser(nonNegative),
  new Option('--json', 'one JSON document on stdout'),
  new Option('-q, --quiet', 'no progress'),
  new Option('-v, --verbose', 'time of each stage, and a table of times and memory'),
  new Option('--log-format <format>', 'form of progress on stderr').choices(['text', 'json']),
  new Option('--metrics <file>', 'write what was measured, for Prometheus'),
  new Option('--dry-run', 'say what would be done'),
  new Option('--force', 'do it all the same'),
];

/** Options that are shorthands for configuration keys; the last two are those of `constrain`. */
const SHORTHANDS = {
  store: 'store',
  data: 'data.root',
  window: 'fit.window',
  threads: 'engine.threads',
  memory: 'engine.memory',
  rho: 'constrain.rho',
  floor: 'constrain.floor',
} as const;

export type GivenOptions = SharedOptions & { readonly [K in keyof typeof SHORTHANDS]?: string };

/** What the command line says about the configuration. @throws XimError `usage` when `--set` has no key. */
export function settingsOf(options: GivenOptions): Setting[] {
  const flags = (Object.keys(SHORTHANDS) as (keyof typeof SHORTHANDS)[]).flatMap((flag) => {
    const text = options[flag];
    return text === undefined ? [] : [{ path: SHORTHANDS[flag], text, writtenAs: `--${flag}` }];
  });
  return [...flags, ...(options.set ?? []).map(assignment)];
}

function assignment(text: string): Setting {
  const at = text.indexOf('=');
  if (at < 1) throw new XimError('usage', `--set ${text} is no KEY=VALUE`, 'write --set align.bucket=10s');
  return { path: text.slice(0, at), text: text.slice(at + 1), writtenAs: '--set' };
}
