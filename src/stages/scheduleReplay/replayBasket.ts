import { termsByNames } from '../../model/concave.js';
import type { Propagator } from '../../model/roundTrip.js';
import type { ReplayedAgainst } from '../../model/scheduleReplay.js';
import { type DenseMatrix, dot, submatrix } from '../../numerics/dense.js';
import { costParts } from '../schedule/costParts.js';
import { workedBy } from '../schedule/policies.js';
import type { ExecutedBasket, MarketOfBasket } from './basket.js';
import { type ScheduleForms, scheduleForms } from './forms.js';
import { coarser, expanded, replayedProblem } from './problem.js';

/** A schedule of the basket: what prices are linear in, what it paid because of when it traded, and what it risked. */
export interface ReplayedSchedule {
  readonly forms: ScheduleForms;
  /** `Σ u·residual mid`, bps × millions; absent where no residual is known. */
  readonly timing?: number | undefined;
  /** Standard deviation of what prices do meanwhile, bps × millions. */
  readonly deviation: number;
}

/** All that is kept of a basket. */
export interface ReplayedBasket {
  readonly date: string;
  readonly names: readonly number[];
  /** Millions traded. */
  readonly millions: number;
  readonly isUnfinished: boolean;
  readonly schedules: Readonly<Record<ReplayedAgainst | 'cross', ReplayedSchedule>>;
  /** What was executed by the model that has not seen the day: self and cross cost, bps × millions. */
  readonly predicted: { readonly self: number; readonly cross: number };
}

const OPTIONS = { tolerance: 1e-5, maxIterations: 4000 };
/** An order is finished when all but this share of it is filled. */
const FINISHED = 0.999;

/**
 * Works a basket anew by a model that has not seen its day: aware of links, without them, and as the volume comes (MODEL §7b).
 * @param propagator of the whole universe
 * @param covariance N×N, bps² a bucket: risk is told, not weighed
 */
export function replayBasket(
  basket: ExecutedBasket,
  market: MarketOfBasket,
  propagator: Propagator,
  covariance: DenseMatrix,
): ReplayedBasket {
  const { names, executed } = basket;
  const problem = replayedProblem(basket, market, ofNames(propagator, names), submatrix(covariance, names));
  const { children } = problem;
  const { decay } = propagator;
  const residual = market.residualBps?.data;
  const timed = (schedule: DenseMatrix) => residual && dot(schedule.data, residual);
  const done = coarser(executed, children);
  const parts = costParts(problem, done);
  const worked = (policy: 'vwap' | 'diagonal' | 'cross', start?: DenseMatrix) => {
    const { schedule, cost } = workedBy(policy, problem, { ...OPTIONS, ...(start ? { start } : {}) });
    const replayed: ReplayedSchedule = {
      forms: scheduleForms(schedule, decay, children),
      timing: timed(expanded(schedule, children, executed.rows)),
      deviation: cost.deviation,
    };
    return { schedule, replayed };
  };
  const diagonal = worked('diagonal');
  return {
    date: basket.date,
    names,
    millions: executed.data.reduce((sum, u) => sum + Math.abs(u), 0),
    isUnfinished: basket.completion < FINISHED,
    schedules: {
      executed: { forms: scheduleForms(executed, decay), timing: timed(executed), deviation: parts.deviation },
      vwap: worked('vwap').replayed,
      diagonal: diagonal.replayed,
      cross: worked('cross', diagonal.schedule).replayed,
    },
    predicted: { self: parts.self, cross: parts.cross },
  };
}

const ofNames = ({ matrices, concave, ...rest }: Propagator, names: readonly number[]): Propagator => ({
  ...rest,
  matrices: matrices.map((matrix) => submatrix(matrix, names)),
  ...(concave ? { concave: termsByNames(concave, names) } : {}),
});
