import type { DayWith } from '../../model/buckets.js';
import { keptLinks, pinched } from '../../model/fallback.js';
import { pinchedFit } from '../fit/concave/concaveFit.js';
import type { MarketStates } from '../replay/marketStates.js';
import { type RegimeTable, regimeCell } from '../replay/regimes.js';
import { predictMoves, type Replay, type ReplayParams } from '../replay/replay.js';
import type { TrainedModel } from '../validate/trainedModels.js';
import { guardrailValues } from './guardrailValues.js';
import { feedLagMs, type HistoricalDay } from './historicalDay.js';

/**
 * A day as the guardrails would have seen it.
 * @param replay of the day with the model, which has not seen it
 * @param blocks of the N names, whose links the block-diagonal fallback keeps; without them it is scored as own flow
 */
export function guardrailDay(
  day: DayWith<'moveBps' | 'quoteAgeMs'>,
  replay: Replay,
  model: TrainedModel,
  params: ReplayParams,
  blocks: readonly string[] | undefined,
): HistoricalDay {
  const { conditionNumber = Number.POSITIVE_INFINITY, basketNorm } = guardrailValues(model.K);
  return {
    date: day.grid.date,
    replay,
    fromBucket: params.fromBucket,
    residualVolBps: model.residualVolBps,
    ...(blocks ? { blockBps: predictMoves(day, withinBlocks(model, blocks), params).predictedBps } : {}),
    conditionNumber,
    basketNorm,
    lagMs: feedLagMs(day.market.quoteAgeMs, day.grid.buckets),
  };
}

function withinBlocks(model: TrainedModel, blocks: readonly string[]): TrainedModel {
  const keeps = keptLinks('blockDiagonal', blocks);
  const { K, parts, concave } = model;
  if (concave) return { ...model, ...pinchedFit(K, concave, keeps) };
  return {
    ...model,
    K: pinched(K, keeps),
    ...(parts ? { parts: { ...parts, matrices: parts.matrices.map((matrix) => pinched(matrix, keeps)) } } : {}),
  };
}

/**
 * The multiplier that holds in every bucket of a day, from the state of the market as known when it opens; 1 where that is
 * unknown or was never seen. The table has to be of days before.
 */
export function bucketMultipliers(
  { spread, volatility, crowding }: MarketStates,
  { edges, cells }: RegimeTable,
): Float64Array {
  const multipliers = new Map(cells.map(({ cell, multiplier }) => [cell, multiplier]));
  return spread.map((value, t) => {
    if (Number.isNaN(value)) return 1;
    const cell = regimeCell({ spread: value, volatility: volatility[t], crowding: crowding[t] }, edges);
    return multipliers.get(cell) ?? 1;
  });
}
