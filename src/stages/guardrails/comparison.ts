import type { Comparison, Level } from '../../model/guardrails.js';
import { currencyPerMoveMillion } from '../../model/units.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { type HistoricalDay, multiplierAt } from './historicalDay.js';

export const NO_BUCKETS: Comparison = {
  buckets: 0,
  moves: 0,
  squaredErrorFull: 0,
  squaredErrorFallback: 0,
  moneyFull: 0,
  moneyFallback: 0,
};

export const added = (a: Comparison, b: Comparison): Comparison => ({
  buckets: a.buckets + b.buckets,
  moves: a.moves + b.moves,
  squaredErrorFull: a.squaredErrorFull + b.squaredErrorFull,
  squaredErrorFallback: a.squaredErrorFallback + b.squaredErrorFallback,
  moneyFull: a.moneyFull + b.moneyFull,
  moneyFallback: a.moneyFallback + b.moneyFallback,
});

/** One bucket, priced at a level with links at `linkMultiplier`, against the full model at the multiplier of the regime. */
export function compareBucket(day: HistoricalDay, t: number, level: Level, linkMultiplier: number): Comparison {
  const { replay, residualVolBps, units = 'bps' } = day;
  const multiplier = multiplierAt(day, t);
  const fallback = linkMoves(day, level);
  let [moves, errorFull, errorFallback, costFull, costFallback] = [0, 0, 0, 0, 0];
  for (let i = 0, k = t * replay.names; i < replay.names; i++, k++) {
    const own = multiplier * replay.ownBps[k];
    const full = own + multiplier * (replay.predictedBps[k] - replay.ownBps[k]);
    const used = own + linkMultiplier * fallback(k);
    const flow = replay.residualFlow[k];
    if (!Number.isNaN(flow)) {
      costFull += flow * full;
      costFallback += flow * used;
    }
    const move = replay.residualBps[k];
    if (Number.isNaN(move) || !(residualVolBps[i] > 0)) continue;
    moves++;
    errorFull += squared((move - full) / residualVolBps[i]);
    errorFallback += squared((move - used) / residualVolBps[i]);
  }
  return {
    buckets: 1,
    moves,
    squaredErrorFull: errorFull,
    squaredErrorFallback: errorFallback,
    moneyFull: currencyPerMoveMillion(units) * costFull,
    moneyFallback: currencyPerMoveMillion(units) * costFallback,
  };
}

/** The move that links are still allowed to make at a level, before their multiplier. */
function linkMoves({ replay, blockBps }: HistoricalDay, level: Level): (k: number) => number {
  if (level === 'diagonal' || (level === 'blockDiagonal' && !blockBps)) return () => 0;
  const prices = level === 'blockDiagonal' ? blockBps! : replay.predictedBps;
  return (k) => prices[k] - replay.ownBps[k];
}
