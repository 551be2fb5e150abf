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
  noTradingDay: 13,
  environment: 74,
};
export const EXIT_BUG = 70;
