import { DECAY_FIT_BOUND } from '../decayProfile.js';
import type { PortfolioCost } from './portfolioDecay.js';

/**
 * Why a form was taken: portfolios cost what the scalar kernel says, or otherwise and as modes say; modes came no closer; their
 * own flow says too little; there is none; or a setting goes with the scalar kernel alone.
 */
export type FormReason = 'alike' | 'apart' | 'noCloser' | 'tooLittle' | 'noPortfolio' | 'withheld';

/** The form of the kernel where it was left to the data, and what it was chosen by. */
export interface FormChoice {
  readonly form: 'scalar' | 'modes';
  readonly reason: FormReason;
  /** Empty where nothing was compared. */
  readonly costs: readonly PortfolioCost[];
  /** Seconds of time constants that portfolios asked for beside those of own flow. */
  readonly addedTau: readonly number[];
  /** What modes do not go together with. */
  readonly besides?: string | undefined;
}

/** Fewer folds than this do not say how uncertain their sum is. */
const LEAST_FOLDS = 5;
/** Where no cost is known within this factor, that the scalar kernel lies inside says nothing. */
const KNOWN_WITHIN = 2;

/** What the portfolios say of the scalar kernel alone; `apart` asks for modes. */
export function scalarReason(costs: readonly PortfolioCost[], folds: number): FormReason {
  if (costs.length === 0 || folds < LEAST_FOLDS) return 'tooLittle';
  if (!areBorne(costs)) return 'apart';
  return costs.some(({ low, high }) => low > 0 && high < KNOWN_WITHIN * low) ? 'alike' : 'tooLittle';
}

/** Whether the data bear what the scalar kernel makes orders cost. */
export const areBorne = (costs: readonly PortfolioCost[]): boolean => worstOf(costs) <= DECAY_FIT_BOUND;

/** How far outside modes leave the worst of the costs. */
export const modesLeave = (costs: readonly PortfolioCost[]): number =>
  Math.max(...costs.map(({ modesOutside = Number.POSITIVE_INFINITY }) => modesOutside));

/** Whether the data bear what modes make orders cost, or modes come at least half the way. */
export const areCloser = (costs: readonly PortfolioCost[]): boolean =>
  modesLeave(costs) <= DECAY_FIT_BOUND || modesLeave(costs) < worstOf(costs) / 2;

const worstOf = (costs: readonly PortfolioCost[]): number => Math.max(...costs.map(({ outside }) => outside));

/** The cost that the scalar kernel misses by most; the first, the market’s of the shortest order, where none is missed. */
export const mostTelling = (costs: readonly PortfolioCost[]): PortfolioCost =>
  costs.reduce((top, cost) => (cost.outside > top.outside ? cost : top));
