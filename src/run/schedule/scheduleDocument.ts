import type { BucketGrid } from '../../model/grid.js';
import type { ImpactState } from '../../model/impactState.js';
import type {
  DocumentCost,
  DocumentName,
  DocumentPair,
  DocumentSettings,
  DocumentState,
  ScheduleDocument,
} from '../../model/scheduleDocument.js';
import type { ScheduleSettings } from '../../model/scheduleSettings.js';
import { currencyPerMoveMillion, type MoveUnit } from '../../model/units.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import type { BuiltProblem } from '../../stages/schedule/buildProblem.js';
import { type CostParts, q95Of } from '../../stages/schedule/costParts.js';
import type { BasketLine } from '../../stages/schedule/request.js';
import type { BasketSchedule } from '../../stages/schedule/scheduleBasket.js';
import { clock, type Timeline } from '../../stages/schedule/timeline.js';
import type { MarketOfVersion } from './marketOfVersion.js';

/** All that a document is made from. */
export interface ScheduledBasket {
  readonly market: Pick<
    MarketOfVersion,
    'id' | 'folder' | 'asof' | 'crossImpact' | 'certificate' | 'units' | 'symbols' | 'calendar'
  >;
  readonly grid: BucketGrid;
  readonly timeline: Timeline;
  readonly settings: ScheduleSettings;
  readonly policyReason: string;
  readonly symbols: readonly string[];
  readonly blocks: readonly string[];
  readonly lines: readonly (BasketLine | undefined)[];
  readonly built: BuiltProblem;
  readonly result: BasketSchedule;
  readonly notes: readonly string[];
}

export function scheduleDocument(basket: ScheduledBasket): ScheduleDocument {
  const { market, grid, built, result, symbols } = basket;
  const { units } = market;
  const { problem, rows } = built;
  const { schedule } = result;
  const gross = problem.quantity.reduce((sum, q) => sum + Math.abs(q), 0);
  const costOf = (parts: CostParts) => documentCost(parts, gross, units);
  const { outcome, comparison, frontier, replanned } = result;
  return {
    kind: 'xim-schedule',
    schemaVersion: 1,
    version: {
      id: market.id,
      folder: market.folder,
      asof: market.asof,
      certificate: market.certificate,
      crossImpact: market.crossImpact,
    },
    date: grid.date,
    timezone: market.calendar.timezone,
    units,
    bucketSeconds: basket.timeline.bucketSeconds,
    modelBuckets: basket.timeline.children,
    rows: rows.map(({ startNs, endNs, kind }) => ({
      ts: new Date(Number(grid.epochNs / 1_000_000n) + endNs / 1e6).toISOString(),
      start: clock(startNs),
      end: clock(endNs),
      kind,
    })),
    names: documentNames(basket),
    settings: documentSettings(basket),
    policy: {
      name: outcome.policy,
      reason: basket.policyReason,
      status: outcome.solved?.status ?? 'given',
      gap: outcome.solved?.gap ?? null,
    },
    gross,
    net: problem.quantity.reduce((sum, q) => sum + q, 0),
    cost: costOf(result.cost),
    children: documentChildren(basket),
    schedule: [...symbols.keys()]
      .filter((i) => basket.lines[i])
      .map((i) => Array.from({ length: rows.length }, (_, t) => schedule.data[t * schedule.cols + i])),
    pairs: documentPairs(basket, gross),
    ...(comparison
      ? {
          comparison: comparison.map(({ policy, cost, believed, wasteAtEqualRisk, regretWithoutLinks, solved }) => ({
            policy,
            cost: costOf(cost),
            believedBps: believed.expected / gross,
            wasteAtEqualRiskBps: wasteAtEqualRisk / gross,
            regretWithoutLinksBps: regretWithoutLinks / gross,
            gap: solved?.gap ?? null,
          })),
        }
      : {}),
    ...(frontier
      ? {
          frontier: frontier.map(({ aversion, cost, buckets }) => ({
            aversion,
            expected: cost.expected / gross,
            deviation: cost.deviation / gross,
            doneBy: clock(rows[buckets - 1].endNs),
          })),
        }
      : {}),
    ...(replanned
      ? {
          replan: {
            fits: replanned.fits,
            savingBps: replanned.saving / gross,
            band: replanned.band,
            isKept: replanned.isKept,
          },
        }
      : {}),
    state: documentState(market.id, symbols, problem.state),
    notes: basket.notes,
  };
}

function documentCost(parts: CostParts, gross: number, units: MoveUnit): DocumentCost {
  const { spread, temporary, self, cross, earlier, alpha, expected, deviation } = parts;
  const each = { spread, temporary, self, cross, earlier, alpha, expected, deviation, q95: q95Of(parts) };
  const inBps = Object.fromEntries(Object.entries(each).map(([name, cost]) => [name, cost / gross]));
  return { ...(inBps as typeof each), expectedMoney: expected * currencyPerMoveMillion(units) };
}

function documentNames({ symbols, blocks, lines, market, built, result }: ScheduledBasket): DocumentName[] {
  const { problem } = built;
  const { schedule, childCostBps, marginalCostBps } = result;
  const n = symbols.length;
  const known = new Set(market.symbols);
  return symbols.flatMap((symbol, i) => {
    const line = lines[i];
    if (!line) return [];
    const { startNs, endNs, cap, urgency, alphaBps, halfSpreadBps } = line;
    let [traded, volume, cost] = [0, 0, 0];
    let first = -1;
    for (let t = 0; t < schedule.rows; t++) {
      const u = Math.abs(schedule.data[t * n + i]);
      traded += u;
      volume += problem.volume.data[t * n + i];
      cost += u * childCostBps.data[t * n + i];
      if (first < 0 && u > 0) first = t;
    }
    const given = { startNs, endNs, cap, urgency, alphaBps, halfSpreadBps };
    return [
      {
        symbol,
        block: blocks[i],
        millions: problem.quantity[i],
        shares: line.shares ?? null,
        lot: line.lot ?? 1,
        unitMillions: line.price ?? null,
        participation: volume > 0 ? traded / volume : 0,
        costBps: traded > 0 ? cost / traded : 0,
        nextMillionBps: first < 0 ? 0 : marginalCostBps.data[first * n + i],
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
        isKnown: known.has(symbol),
      },
    ];
  });
}

function documentSettings({ settings, built }: ScheduledBasket): DocumentSettings {
  const { urgency, close, unfinishedPenaltyBps, balances } = settings;
  return {
    side: settings.side,
    cap: settings.cap,
    urgency: typeof urgency === 'object' ? 'given' : urgency,
    aversion: built.problem.aversion,
    typicalAversion: built.typicalAversion,
    maxStep: settings.maxStep ?? null,
    temporaryBps: settings.temporaryBps,
    close: close ?? null,
    unfinishedPenaltyBps: unfinishedPenaltyBps ?? null,
    balances: { ...balances },
  };
}

function documentChildren({ symbols, built, result }: ScheduledBasket): ScheduleDocument['children'] {
  const { volume } = built.problem;
  const { schedule, shares, childCostBps, marginalCostBps } = result;
  return Array.from(schedule.data.keys())
    .filter((k) => schedule.data[k] !== 0)
    .map((k) => ({
      row: Math.floor(k / symbols.length),
      symbol: symbols[k % symbols.length],
      qty: Number.isNaN(shares.data[k]) ? null : shares.data[k],
      notional: schedule.data[k],
      participation: volume.data[k] > 0 ? Math.abs(schedule.data[k]) / volume.data[k] : 0,
      expectedCostBps: childCostBps.data[k],
      marginalCostBps: marginalCostBps.data[k],
    }));
}

function documentPairs({ symbols, built, result }: ScheduledBasket, gross: number): DocumentPair[] {
  const { quantity } = built.problem;
  return result.pairs.map(({ from, to, cost }) => ({
    from: symbols[from],
    to: symbols[to],
    costBps: cost / gross,
    ofItsOwnBps: cost / Math.abs(quantity[to]),
  }));
}

export const documentState = (version: string, symbols: readonly string[], state: ImpactState): DocumentState => ({
  kind: 'xim-impact-state',
  version,
  symbols,
  linear: byName(state.linear),
  ...(state.concave ? { concave: byName(state.concave) } : {}),
});

/** Rows of names out of P×N. */
const byName = ({ rows, cols, data }: DenseMatrix): number[][] =>
  Array.from({ length: cols }, (_, i) => Array.from({ length: rows }, (_, p) => data[p * cols + i]));
