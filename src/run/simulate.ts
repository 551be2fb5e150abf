import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../io/duckdb.js';
import { XimError } from '../model/failure.js';
import { type BucketGrid, bucketGrid } from '../model/grid.js';
import { type Scenario, scenarioDates } from '../model/scenario.js';
import type { ScheduleDocument } from '../model/scheduleDocument.js';
import { type DenseMatrix, mapEntries } from '../numerics/dense.js';
import { immediateImpact } from '../stages/simulate/concaveTruth.js';
import {
  type ExecutedCost,
  type Execution,
  type ExecutionPlan,
  executedCost,
  executionPlan,
  openExecution,
} from '../stages/simulate/executionPlan.js';
import { openMarket } from '../stages/simulate/marketSession.js';
import { simulateDay } from '../stages/simulate/simulateDay.js';
import type { SimulatedDay } from '../stages/simulate/simulatedDay.js';
import { drawTruth, type Truth } from '../stages/simulate/truth.js';
import { writeAtomically } from '../store/atomic.js';
import { EXECUTED_BASKET, writeSimulatedDay } from './simulatedFiles.js';

export interface SimulationSummary {
  readonly dates: readonly string[];
  readonly quotes: number;
  readonly trades: number;
  readonly fills: number;
  readonly parents: number;
  readonly executed?: ExecutedSummary;
}

/** Of a schedule, as truth.json has it. */
export interface ExecutedSummary {
  readonly date: string;
  readonly basketId: string;
  /** That priced it. */
  readonly version: string;
  /** What it said that it would cost, and a standard deviation of that. */
  readonly expectedBps: number;
  readonly deviationBps: number;
  /** Implementation shortfall, and what of it prices would have done without the schedule. */
  readonly shortfallBps: number;
  readonly driftBps: number;
  readonly names: readonly (ExecutedCost & { readonly symbol: string; readonly expectedBps: number })[];
}

/**
 * Writes raw data of a simulated market in the layout of CONTRACT §1, with `truth.json` beside it.
 * @param schedule what is executed on its date
 */
export async function writeSimulation(
  scenario: Scenario,
  folder: string,
  engine: Engine,
  announce: (text: string) => void,
  schedule?: ScheduleDocument,
): Promise<SimulationSummary> {
  const truth = drawTruth(scenario);
  const execution = schedule && openExecution(planOf(scenario, schedule, truth));
  const market = openMarket(truth, scenario.seed);
  const dates = scenarioDates(scenario);
  const counts = { quotes: 0, trades: 0, fills: 0, parents: 0 };
  const events: string[] = [];
  mkdirSync(folder, { recursive: true });
  for (const [index, date] of dates.entries()) {
    announce(`simulate ${date}`);
    const grid = gridOf(scenario, date);
    const day = simulateDay(scenario, truth, grid, index, market, date === schedule?.date ? execution : undefined);
    await writeSimulatedDay(engine, folder, { date, grid, scenario, truth, day });
    events.push(...eventRows(day, grid, truth));
    for (const dataset of ['quotes', 'trades', 'fills'] as const) counts[dataset] += day[dataset].timeNs.length;
    counts.parents += day.parents.parent.length;
  }
  const rows = truth.symbols.map((symbol, i) => `${symbol},${truth.blocks[i]},${truth.adv[i]},0.01`);
  writeAtomically(join(folder, 'universe.csv'), `symbol,block,adv,tick_size\n${rows.join('\n')}\n`);
  if (events.length > 0) writeAtomically(join(folder, 'events.csv'), `start,end,symbol,label\n${events.join('\n')}\n`);
  const executed = schedule && execution && { executed: executedSummary(schedule, execution, truth) };
  const document = { ...truthDocument(scenario, truth), ...executed };
  writeAtomically(join(folder, 'truth.json'), `${JSON.stringify(document, null, 1)}\n`);
  return { dates, ...counts, ...executed };
}

const gridOf = ({ timezone, sessions, overrides = {} }: Scenario, date: string): BucketGrid =>
  bucketGrid({ timezone, sessions, overrides }, date, 1e9);

/** A schedule as a scenario executes it. @throws XimError `usage` naming what does not fit */
export function planOf(scenario: Scenario, schedule: ScheduleDocument, truth = drawTruth(scenario)): ExecutionPlan {
  const dates = scenarioDates(scenario);
  if (!dates.includes(schedule.date))
    throw new XimError(
      'usage',
      `the schedule is of ${schedule.date}, and the scenario has ${dates.length} days from ${dates[0]} to ${dates.at(-1)}`,
      'schedule for one of these with --date, or simulate more days',
    );
  const traded = new Set(schedule.names.map(({ symbol }) => symbol));
  const halt = scenario.halts?.find(({ date, symbol }) => date === schedule.date && traded.has(symbol));
  if (halt)
    throw new XimError(
      'usage',
      `the schedule trades ${halt.symbol}, which the scenario halts on ${halt.date} from ${halt.from} to ${halt.to}`,
      'schedule for another date with --date, or leave the halt out of the scenario',
    );
  return executionPlan(schedule, scenario, truth, gridOf(scenario, schedule.date));
}

const executedSummary = (
  { date, version, cost, names }: ScheduleDocument,
  execution: Execution,
  { symbols }: Truth,
): ExecutedSummary => ({
  date,
  basketId: EXECUTED_BASKET,
  version: version.id,
  expectedBps: cost.expected,
  deviationBps: cost.deviation,
  ...executedCost(execution),
  names: names.map(({ symbol, costBps }) => ({
    symbol,
    expectedBps: costBps,
    ...executedCost(execution, (order) => symbols[execution.plan.orders[order].name] === symbol),
  })),
});

/** Rows of events.csv, by time. */
function eventRows({ halts, events }: SimulatedDay, grid: BucketGrid, { symbols }: Truth): string[] {
  return [...halts.map((halt) => ({ ...halt, label: 'halt' })), ...events]
    .sort((a, b) => a.startNs - b.startNs)
    .map(({ name, startNs, endNs, label }) => {
      const symbol = name === 'all' ? '*' : symbols[name];
      return `${utc(grid, startNs)},${utc(grid, endNs)},${symbol},${label}`;
    });
}

const utc = (grid: BucketGrid, timeNs: number): string =>
  new Date(Number((grid.epochNs + BigInt(timeNs)) / 1_000_000n)).toISOString();

const rowsOf = ({ rows, cols, data }: DenseMatrix): number[][] =>
  Array.from({ length: rows }, (_, i) => [...data.subarray(i * cols, (i + 1) * cols)]);

function truthDocument(scenario: Scenario, truth: Truth) {
  const { liquidity } = truth;
  return {
    scenario,
    symbols: truth.symbols,
    blocks: truth.blocks,
    K: rowsOf(truth.K),
    kernel: {
      tauSeconds: truth.tauSeconds.map((tau) => (Number.isFinite(tau) ? tau : 'permanent')),
      weights: truth.weights,
    },
    factors: truth.factorNames,
    loadings: rowsOf(truth.loadings),
    regimes: { wide: scenario.impact.wide_multiplier, narrow: 2 - scenario.impact.wide_multiplier },
    ...concaveDocument(truth),
    ...(liquidity && { liquidity: { gamma: liquidity.gamma, depthMillions: [...liquidity.depthMillions] } }),
  };
}

/** Nothing where impact is linear. `secant` is what a typical child order of one name does at once, `tangent` a tiny one. */
function concaveDocument({ concave, K, childMillions }: Truth) {
  if (!concave) return {};
  const { linearShare, power, scaleMillions, tauSeconds, own, modes } = concave;
  return {
    concave: {
      linear: rowsOf(mapEntries(K, (k) => linearShare * k)),
      power,
      scaleMillions: [...scaleMillions],
      tauSeconds,
      own: own.map((g) => [...g]),
      modes: modes.map((mode) => ({ ...mode, direction: [...mode.direction] })),
      childMillions: [...childMillions],
      secant: rowsOf(immediateImpact(concave, K, childMillions)),
      tangent: rowsOf(immediateImpact({ ...concave, power: 1 }, K, childMillions)),
    },
  };
}
