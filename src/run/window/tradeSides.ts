import { dataError } from '../../model/failure.js';
import type { SideCodes } from '../../model/feed.js';
import type { SideCounts } from '../../stages/align/tradeCensus.js';
import type { BucketedTrades } from '../../stages/align/trades.js';

/** Fewer cells of flow, or rows, than this may all be bought by chance. */
const FEW = 30;
/** Fewer rows of a tape than this may all be bought where nobody sells. */
const FEW_OF_TAPE = 100;
/** Rows without a side, per row that has one, from which on they look like the other side. */
const UNSIGNED_RATIO = 0.25;

export interface SidedRows {
  readonly dataset: 'trades' | 'fills';
  readonly date: string;
  readonly venues: readonly string[];
  readonly files: readonly string[];
  readonly sides: SideCodes | undefined;
}

/**
 * Sides of 0 and 1 read as “unknown” and “buy” where “sell” and “buy” are meant: every sale would be gone. Asked of the day
 * and of each venue, file and half of a session, which may come from systems of their own.
 * @returns sentences about what may be so and may be an error
 * @throws data error naming the part and the side that is missing
 */
export function judgeSides(of: SidedRows, result: BucketedTrades): string[] {
  const { dataset, date, venues, files, sides } = of;
  const { flow, unsigned, census } = result;
  const isOneSided =
    flow.signedQty.every((quantity) => quantity > 0) || flow.signedQty.every((quantity) => quantity < 0);
  if (unsigned > 0 && flow.signedQty.length >= FEW && isOneSided)
    throw missingSide(of, '', flow.signedQty[0] > 0 ? 1 : -1);
  const parts: [string, SideCounts | undefined][] = [
    ...venues.map((venue, k): [string, SideCounts] => [` of venue "${venue}"`, census.venues[k].sides]),
    ...files.map((file, k): [string, SideCounts | undefined] => [` of ${file}`, census.files[k]]),
    ...census.halves.map((half, k): [string, SideCounts] => [
      ` in the ${k % 2 === 0 ? 'first' : 'second'} half of session ${Math.floor(k / 2) + 1}`,
      half,
    ]),
  ];
  for (const [part, counts] of parts) if (counts && lacksSide(counts)) throw missingSide(of, part, signOf(counts));
  const all = census.halves.reduce((sum, half) => ({
    bought: sum.bought + half.bought,
    sold: sum.sold + half.sold,
    unsigned: sum.unsigned + half.unsigned,
  }));
  const rows = all.bought + all.sold;
  if (all.unsigned > 0 || rows < FEW_OF_TAPE || (all.bought > 0 && all.sold > 0)) return [];
  const said = `all ${rows} rows are ${all.bought > 0 ? 'bought' : 'sold'}`;
  if (dataset === 'trades')
    throw dataError(
      `${dataset} of ${date}: ${said}`,
      sides === 'signed'
        ? `data.sides: { ${dataset}: signed } takes the side from the sign of the size, and every size has the same: name the column that has the side`
        : `a tape has both sides: say in data.sides.${dataset} how the feed codes them, or set data.columns.${dataset}.side`,
    );
  return sides === 'signed'
    ? [`${date}: ${said} in ${dataset}; data.sides: signed needs quantities that are negative where sold`]
    : [];
}

const signOf = ({ bought }: SideCounts): number => (bought > 0 ? 1 : -1);

const lacksSide = ({ bought, sold, unsigned }: SideCounts): boolean =>
  Math.min(bought, sold) === 0 && bought + sold >= FEW && unsigned >= UNSIGNED_RATIO * (bought + sold);

const missingSide = ({ dataset, date }: SidedRows, part: string, side: number) =>
  dataError(
    `${dataset} of ${date}: every side${part} is ${side} or 0, and none is ${-side}`,
    `if 0 means ${side > 0 ? 'sell' : 'buy'}, set data.sides: { ${dataset}: ${side > 0 ? '{ "1": buy, "0": sell }' : '{ "-1": sell, "0": buy }'} } as the feed has it${part ? '; where its parts differ, write them alike' : ''}`,
  );
