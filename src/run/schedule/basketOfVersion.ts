import { dataError } from '../../model/failure.js';
import { type BasketRow, basketLines } from '../../stages/schedule/basket.js';
import type { BasketLine } from '../../stages/schedule/request.js';
import { dailyVolumes, type UnknownName } from './chosenNames.js';
import type { MarketOfVersion } from './marketOfVersion.js';

/** The lines of a basket, valued as the version knows its names. @throws data error naming the line */
export function linesOf(
  rows: readonly BasketRow[],
  market: MarketOfVersion,
  unknown: readonly UnknownName[] = [],
): BasketLine[] {
  const place = new Map(market.symbols.map((symbol, i) => [symbol, i]));
  const daily = dailyVolumes(market.profile);
  const strangers = new Map(unknown.map((name) => [name.symbol, name.dailyMillions]));
  const known = (symbol: string) => {
    const i = place.get(symbol);
    if (i !== undefined) return { unitMillions: market.profile.unitMillions[i], dailyMillions: daily[i] };
    const volume = strangers.get(symbol);
    return volume === undefined ? undefined : { unitMillions: Number.NaN, dailyMillions: volume };
  };
  const lost = rows.filter(({ cells: { symbol } }) => symbol !== undefined && !known(symbol));
  if (lost.length > 0)
    throw dataError(
      `${lost[0].place}: ${lost.map(({ cells }) => cells.symbol).join(', ')} ${lost.length === 1 ? 'is no name' : 'are no names'} of ${market.folder}`,
      'leave out what is not known, or say what trades of it in a day and have it priced like a typical name of that volume, without links: --allow-unknown XYZ=120 (millions)',
    );
  return basketLines(rows, known);
}
