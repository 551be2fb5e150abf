import { dataError } from '../../model/failure.js';
import { spanText } from '../../stages/align/align.js';
import type { BucketedTrades } from '../../stages/align/trades.js';

/** Fewer rows outside the sessions than this are no pattern. */
const FEW_ROWS = 20;
const FEW_TO_REFUSE = 50;
const REFUSED_SHARE = 0.5;
/** A tape has prints before and after the sessions; own orders hardly. */
const NOTED_SHARE = { trades: 0.2, fills: 0.05 } as const;
/** How much more of a part lies outside than of what it is compared with. */
const NOTED_RATIO = 3;

const HINT =
  'check that ts is UTC for every venue, calendar.sessions, and align.clock_offsets; rows that belong to no session are left out by data.rows';

/**
 * Flow whose stamps lie outside the sessions is gone, which is lawful for a few rows and an error of an hour for many.
 * `quotesOutside`: the same share of the quotes, of which sessions that are a part of the day leave out as much.
 * @returns sentences about rows that a reader should know of
 * @throws data error when most of a day, or of a venue while the others are in place, lies outside
 */
export function judgeStrays(
  { dataset, date, venues }: { dataset: 'trades' | 'fills'; date: string; venues: readonly string[] },
  { census, quarantine }: BucketedTrades,
  quotesOutside: number,
): string[] {
  const all = census.venues.reduce(
    (sum, { rows, outside }) => ({ rows: sum.rows + rows, outside: sum.outside + outside }),
    { rows: 0, outside: 0 },
  );
  const span = spanText(quarantine.outside);
  const notes: string[] = [];
  const judge = (part: string, rows: number, outside: number, elsewhere: number) => {
    const share = rows > 0 ? outside / rows : 0;
    if (outside < FEW_ROWS || share < NOTED_RATIO * elsewhere || share <= NOTED_SHARE[dataset]) return;
    const said = `${outside} of ${rows} rows${part} lie outside calendar.sessions and count for nothing; ${span}`;
    if (share > REFUSED_SHARE && outside >= FEW_TO_REFUSE) throw dataError(`${dataset} of ${date}: ${said}`, HINT);
    notes.push(`${dataset} of ${date}: ${said}`);
  };
  if (venues.length > 1)
    for (const [k, { rows, outside }] of census.venues.entries())
      judge(
        ` of venue "${venues[k]}"`,
        rows,
        outside,
        Math.max(quotesOutside, (all.outside - outside) / Math.max(1, all.rows - rows)),
      );
  if (notes.length === 0) judge('', all.rows, all.outside, quotesOutside);
  return notes;
}

/** Rows of flow that no bucket saw, for the message about a window without flow; empty where there are none. */
export function flowAside(
  reports: readonly {
    readonly datasets: Readonly<
      Record<string, { readonly quarantined: Readonly<Record<string, number>>; readonly deselected?: number }>
    >;
  }[],
  source: string,
): string {
  const sum = (count: (dataset: (typeof reports)[number]['datasets'][string]) => number | undefined) =>
    reports.reduce((total, { datasets }) => total + ((datasets[source] && count(datasets[source])) ?? 0), 0);
  const outside = sum(({ quarantined }) => quarantined.out_of_session);
  const deselected = sum((dataset) => dataset.deselected);
  const said = [
    ...(outside > 0 ? [`${outside} rows of ${source} lie outside calendar.sessions`] : []),
    ...(deselected > 0 ? [`data.rows leaves out ${deselected} rows of ${source}`] : []),
  ];
  return said.length > 0 ? `; ${said.join(', and ')}` : '';
}
