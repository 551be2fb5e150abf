import type { DayWith } from '../../model/buckets.js';
import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import type { ExecutedBasket } from './basket.js';

/** Millions that the market traded while a basket was worked, T×m; zero where nothing is known. */
export const volumeOf = (
  { grid, market }: DayWith<'volume'>,
  { executed, names, fromBucket }: Pick<ExecutedBasket, 'executed' | 'names' | 'fromBucket'>,
): DenseMatrix =>
  mapEntries(executed, (_, t, i) => {
    const volume = market.volume[names[i] * grid.buckets + fromBucket + t];
    return volume > 0 ? volume : 0;
  });
