import type { ManifestInput } from '../../model/manifest.js';
import type { MoveUnit } from '../../model/units.js';
import type { ReportDay, ReportLeadLag, ReportLeadLagMap } from '../../report/reportData.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import type { Publication } from './publication.js';

/** What the report says of the data: what was read, what was set aside, what is missing, whose clock runs ahead. */

export function manifestInputs({ inputs, moments }: Publication): ManifestInput[] {
  const dated = inputs.dates.flatMap((date, k) =>
    [...inputs.byDate.get(date)!.values()]
      .flat()
      .map(({ dataset, sha256 }) => ({ dataset, date, sha256, rows: moments.reports[k].datasets[dataset]?.rows ?? 0 })),
  );
  const { sha256 } = inputs.universe;
  const fixed: ManifestInput[] = [{ dataset: 'universe', sha256, rows: moments.reports[0].symbols.length }];
  if (inputs.events)
    fixed.push({ dataset: 'events', sha256: inputs.events.sha256, rows: moments.reports[0].eventRows });
  for (const file of [inputs.symbols, inputs.fx])
    if (file)
      fixed.push({
        dataset: file.dataset,
        sha256: file.sha256,
        rows: moments.reports[0].referenceRows?.[file.dataset] ?? 0,
      });
  if (inputs.champion)
    fixed.push({ dataset: 'champion', sha256: inputs.champion.id, rows: inputs.champion.symbols.length });
  return [...fixed, ...dated];
}

export const dataQuality = ({ reports }: CalibrationWindow): ReportDay[] =>
  reports.flatMap(({ date, datasets }) =>
    Object.entries(datasets).map(([dataset, { rows, used, quarantined }]) => ({
      date,
      dataset,
      rows,
      used,
      quarantined,
    })),
  );

/** Pairs that are listed. */
const MOST_PAIRS = 20;

/** The last day's pairs of which one moves first, by the size of their correlation. */
export const leadLag = ({ reports }: CalibrationWindow): ReportLeadLag[] =>
  reports[reports.length - 1].leadLag.pairs
    .filter((pair) => pair.lagMs > 0)
    .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
    .slice(0, MOST_PAIRS)
    .map(({ leader, follower, lagMs, correlation, correlationAtZero }) => ({
      leader,
      follower,
      lagMs,
      correlation,
      atZero: correlationAtZero,
    }));

/** Who moves first, for every pair of the names that were looked at on the last day. */
export function leadLagMap({ reports }: CalibrationWindow): ReportLeadLagMap {
  const { pairs } = reports[reports.length - 1].leadLag;
  const { symbols: all } = reports[reports.length - 1];
  const looked = new Set(pairs.flatMap(({ leader, follower }) => [leader, follower]));
  const symbols = all.filter((symbol) => looked.has(symbol));
  const place = new Map(symbols.map((symbol, i) => [symbol, i]));
  const blank = () => symbols.map(() => new Array<number>(symbols.length).fill(0));
  const [lags, excess] = [blank(), blank()];
  for (const { leader, follower, lagMs, correlation, correlationAtZero } of pairs) {
    if (lagMs === 0) continue;
    const [i, j] = [place.get(leader)!, place.get(follower)!];
    const beyond = Math.abs(correlation) - Math.abs(correlationAtZero);
    [lags[i][j], lags[j][i]] = [lagMs, -lagMs];
    [excess[i][j], excess[j][i]] = [beyond, -beyond];
  }
  return { symbols, lagMs: lags, excess };
}

/** What holds for several days in the same words is said once. */
export function notesOf({ config, inputs, moments, outcome }: Publication): string[] {
  const notes = [
    ...inputs.notes,
    ...unitNotes(config.align.units),
    ...turnoverNotes(config.fit.turnover, inputs.champion?.id),
    ...outcome.calibration.notes,
    ...moments.reports.flatMap((report) => report.notes),
    ...silentDays(moments),
    ...moments.notes,
    ...outcome.gates.filter(({ name }) => name === 'levels').map(({ reason }) => reason),
  ];
  return [...new Set(notes)];
}

function unitNotes(units: MoveUnit): string[] {
  if (units === 'bps') return [];
  return [
    'moves, spreads, K and costs are in price points of each name, flow in millions of point value: names are comparable when normalised',
    'levels of prices are not compared from day to day: ratios of prices that may be zero mean nothing',
  ];
}

function turnoverNotes(turnover: number, champion: string | undefined): string[] {
  if (turnover === 0) return [];
  return champion === undefined
    ? ['fit.turnover is set, but no version is champion yet: nothing to draw the links to']
    : [`links are drawn towards the champion ${champion.slice(0, 8)} with strength ${turnover}`];
}

function silentDays({ reports }: CalibrationWindow): string[] {
  return reports.flatMap((report) => {
    const silent = report.coverage.filter((name) => name.quotes === 0).map((name) => name.symbol);
    return silent.length > 0 ? [`${report.date}: no quotes for ${silent.join(', ')}`] : [];
  });
}
