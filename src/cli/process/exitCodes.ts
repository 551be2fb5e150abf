import type { FailureKind } from '../../model/failure.js';

/** CONTRACT §3. */
export const EXIT: Readonly<Record<FailureKind, number>> = {
  gate: 1,
  usage: 2,
  config: 2,
  data: 3,
  numerical: 4,
  notFound: 10,
  locked: 11,
  corrupt: 12,
};
export const EXIT_BUG = 70;
/** Space, permission, limits of the machine. */
export const EXIT_ENVIRONMENT = 74;

export const exitCodeOf = (kind: FailureKind | 'environment'): number =>
  kind === 'environment' ? EXIT_ENVIRONMENT : EXIT[kind];
