import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/config/scenario.js';
import { configSchema } from '../../src/config/schema.js';
import type { Engine } from '../../src/io/duckdb.js';
import { readUniverse } from '../../src/io/referenceReader.js';
import { NO_EVENTS } from '../../src/model/events.js';
import { scorecardParams } from '../../src/run/orders/scorecardDates.js';
import { scoreDate } from '../../src/run/orders/scorecardDay.js';
import { writeSimulation } from '../../src/run/simulate.js';
import { collectInputs } from '../../src/run/window/inputs.js';
import type { PriceModel } from '../../src/stages/scorecard/impactLevels.js';
import { type Scorecard, scorecard } from '../../src/stages/scorecard/scorecard.js';
import { type ParentCost, SHORTFALL_PARTS } from '../../src/stages/scorecard/shortfall.js';
import { drawTruth } from '../../src/stages/simulate/truth.js';
import { stageCaches } from '../../src/store/stageCaches.js';
import { DAMAGES, type Damage, damage } from '../support/damage.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';

const sessions: [string, string][] = [
  ['10:00', '10:20'],
  ['13:00', '13:10'],
];
const scenario = parseScenario({
  seed: 5,
  names: 4,
  blocks: 2,
  days: 2,
  sessions,
  flow: { minutes: 3 },
  arms: { unit: 'basket', saving_bps: 1 },
});
const truth = drawTruth(scenario);
/** Other than the truth: a matrix that is not symmetric, so that no index can be swapped unseen. */
const matrix = { ...truth.K, data: truth.K.data.map((k, at) => k * (1 + 0.03 * at)) };
const model: PriceModel = {
  terms: [{ matrix, weights: Float64Array.from(truth.weights) }],
  decay: Float64Array.from(truth.tauSeconds, (tau) => (Number.isFinite(tau) ? Math.exp(-1 / tau) : 1)),
  transform: LINEAR_FLOW,
  flowScale: new Float64Array(4).fill(1),
  factors: { names: truth.factorNames, loadings: truth.loadings },
};

const folder = temporaryFolder();
let engine: Engine;
let costs: ParentCost[];
let score: (date: string) => Promise<{ readonly costs: readonly ParentCost[]; readonly warnings: readonly string[] }>;
let card: Scorecard;

beforeAll(async () => {
  engine = await testEngine(folder);
  const root = join(folder, 'data');
  const { dates } = await writeSimulation(scenario, root, engine, () => {});
  const config = configSchema.parse({
    store: join(folder, 'store'),
    data: { root },
    calendar: { timezone: scenario.timezone, sessions },
  });
  const inputs = await collectInputs(config, dates);
  const names = await readUniverse(engine, inputs.universe.path);
  const context = (warnings: string[]) => ({
    config,
    inputs,
    names,
    reference: { symbolMap: [] },
    events: NO_EVENTS,
    made: {},
    caches: stageCaches(config.store, { warn: (text) => warnings.push(text), now: () => new Date() }),
    temporaryFolder: folder,
    engine: async () => engine,
  });
  score = async (date) => {
    const warnings: string[] = [];
    return { costs: (await scoreDate(context(warnings), date, model)).costs, warnings };
  };
  costs = [];
  for (const date of dates) costs.push(...(await score(date)).costs);
  card = scorecard(
    costs,
    { impact: true, factors: true },
    { ...scorecardParams(config), replicates: 9, permutations: 9 },
  );
  await tables(root);
});
afterAll(() => engine.close());

/** Everything once more in SQL, from the files, with the propagator summed fill by fill instead of filtered. */
async function tables(root: string): Promise<void> {
  const run = (sql: string) => engine.connection.run(sql);
  const scan = (dataset: string) => `read_parquet('${root}/${dataset}/*/*.parquet', hive_partitioning = true)`;
  const tau = truth.tauSeconds.map((t) => (Number.isFinite(t) ? t : 1e300));
  const left = (age: string) => tau.map((t, p) => `${truth.weights[p]} * exp(-(${age}) / ${t})`).join(' + ');
  const links = Array.from(
    matrix.data,
    (k, at) => `('${truth.symbols[Math.floor(at / 4)]}', '${truth.symbols[at % 4]}', ${k}::DOUBLE)`,
  );
  const betas = Array.from(truth.loadings.data, (b, at) => {
    const width = truth.factorNames.length;
    return `('${truth.symbols[Math.floor(at / width)]}', '${truth.factorNames[at % width]}', ${b}::DOUBLE)`;
  });
  await run(`CREATE TABLE links AS SELECT * FROM (VALUES ${links}) t(name, other, k)`);
  await run(`CREATE TABLE betas AS SELECT * FROM (VALUES ${betas}) t(name, factor, beta)`);
  await run(`CREATE TABLE session AS SELECT date::VARCHAR AS date, s, first, buckets, start FROM (
    SELECT DISTINCT date FROM ${scan('quotes')}) d, (VALUES (0, 0, 1200, INTERVAL 10 HOUR), (1, 1200, 600, INTERVAL 13 HOUR)) v(s, first, buckets, clock),
    LATERAL (SELECT epoch_ns(((date::VARCHAR)::TIMESTAMP + clock) AT TIME ZONE 'America/New_York') AS start)`);
  await run(
    `CREATE TABLE mids AS SELECT date::VARCHAR AS date, symbol, epoch_ns(ts) AS t, ((bid + ask)::DOUBLE) / 2 AS mid FROM ${scan('quotes')}`,
  );
  await run(`CREATE TABLE parent AS SELECT date::VARCHAR AS date, parent_id, symbol, side, qty, arrival_mid AS mid0, arm,
    epoch_ns(arrival_ts) AS arrival, epoch_ns(deadline_ts) AS deadline FROM ${scan('parents')}`);
  await run(`CREATE TABLE fill AS SELECT f.*, mids.mid FROM (
    SELECT date::VARCHAR AS date, parent_id, symbol, side, qty, price::DOUBLE AS price, epoch_ns(ts) AS t FROM ${scan('fills')}) f
    ASOF LEFT JOIN mids ON f.date = mids.date AND f.symbol = mids.symbol AND f.t >= mids.t`);
  // Before the first quote of a day a flow is worth its price, and the mid is that of the arrival.
  await run(`CREATE TABLE flow AS SELECT f.date, symbol, s, first, buckets,
    first + ceil((t - start) / 1e9)::INTEGER - 1 AS bucket, side * qty * coalesce(mid, price) / 1e6 AS u
    FROM fill f JOIN session x ON f.date = x.date AND t > start AND t <= start + buckets::BIGINT * 1000000000`);
  // Legs of every order: its fills, and what was left at the deadline; `ended` counts the buckets that were over.
  await run(`CREATE TABLE leg AS
    SELECT p.date, p.parent_id, p.symbol, f.qty / p.qty AS share, f.t - 1 AS met FROM parent p JOIN fill f USING (date, parent_id)
    UNION ALL SELECT date, parent_id, symbol, 1 - coalesce((SELECT sum(qty) FROM fill f WHERE f.parent_id = p.parent_id), 0) / qty, deadline FROM parent p
    UNION ALL SELECT date, parent_id, symbol, -1, arrival FROM parent p`);
  await run(`CREATE TABLE dated AS SELECT leg.*, (SELECT sum(greatest(0, least(buckets, floor((met - start) / 1e9))))::INTEGER
    FROM session x WHERE x.date = leg.date) AS ended FROM leg`);
  await run(`CREATE TABLE level AS SELECT d.date, d.parent_id,
      sum(CASE WHEN other = d.symbol THEN share * k * u * (${left('least(ended, first + buckets) - 1 - bucket')}) ELSE 0 END) AS self,
      sum(CASE WHEN other <> d.symbol THEN share * k * u * (${left('least(ended, first + buckets) - 1 - bucket')}) ELSE 0 END) AS "cross"
    FROM dated d JOIN flow ON flow.date = d.date AND bucket < ended JOIN links ON links.name = d.symbol AND links.other = flow.symbol
    GROUP BY ALL`);
  await run(`CREATE TABLE moved AS SELECT f.date, factor, sum(bps) OVER (PARTITION BY f.date, factor ORDER BY ts) AS bps,
      row_number() OVER (PARTITION BY f.date, factor ORDER BY ts) AS ended FROM (
        UNPIVOT (SELECT date::VARCHAR AS date, ts, ${truth.factorNames.map((name) => `${name}::DOUBLE AS ${name}`)} FROM ${scan('factors')})
        ON ${truth.factorNames} INTO NAME factor VALUE bps) f`);
  await run(`CREATE TABLE exogenous AS SELECT d.date, d.parent_id, sum(share * beta * bps) AS exogenous
    FROM dated d JOIN moved m ON m.date = d.date AND m.ended = d.ended JOIN betas ON betas.name = d.symbol AND betas.factor = m.factor GROUP BY ALL`);
  await run(`CREATE TABLE cost AS
    WITH gross AS (SELECT p.*, coalesce(sum(f.qty), 0) AS filled, coalesce(sum(f.qty * (f.price - p.mid0)), 0) AS paid,
        coalesce(sum(f.qty * (f.price - coalesce(f.mid, p.mid0))), 0) AS spread_paid, coalesce(sum(f.qty) FILTER (f.t <= p.deadline), 0) AS in_time
      FROM parent p LEFT JOIN fill f USING (date, parent_id) GROUP BY ALL),
    last AS (SELECT g.*, mids.mid AS mid_end FROM gross g ASOF JOIN mids ON g.date = mids.date AND g.symbol = mids.symbol AND g.deadline >= mids.t)
    SELECT date, parent_id AS id, arm, side, 1e4 * side * (paid + (qty - filled) * (mid_end - mid0)) / (qty * mid0) AS total,
      1e4 * side * spread_paid / (qty * mid0) AS spread, side * coalesce(self, 0) AS self, side * coalesce("cross", 0) AS "cross",
      side * coalesce(exogenous, 0) AS exogenous, in_time / qty AS completion, qty * mid0 / 1e6 AS notional
    FROM last LEFT JOIN level USING (date, parent_id) LEFT JOIN exogenous USING (date, parent_id)`);
}

describe('the scorecard, against SQL over the same files', () => {
  it('costs every order alike, part by part', async () => {
    const rows = new Map((await rowsOf(engine, 'SELECT * FROM cost')).map((row) => [`${row.date}/${row.id}`, row]));
    expect(rows.size).toBe(costs.length);
    expect(costs.length).toBeGreaterThan(150);
    for (const cost of costs) {
      const row = rows.get(`${cost.date}/${cost.id}`)!;
      const sql = (column: string) => Number(row[column]);
      expect(Math.abs(cost.totalBps - sql('total'))).toBeLessThan(1e-9);
      for (const part of ['spread', 'self', 'cross', 'exogenous'] as const)
        expect(Math.abs(cost.parts[part] - sql(part))).toBeLessThan(1e-9);
      expect(Math.abs(cost.notional - sql('notional'))).toBeLessThan(1e-9);
      expect(Math.abs(cost.completion - sql('completion'))).toBeLessThan(1e-12);
      const whole = SHORTFALL_PARTS.reduce((sum, part) => sum + cost.parts[part], 0);
      expect(Math.abs(whole - cost.totalBps)).toBeLessThan(1e-9);
    }
    // The comparison would say nothing of parts that are zero.
    for (const part of SHORTFALL_PARTS)
      expect(Math.max(...costs.map((c) => Math.abs(c.parts[part])))).toBeGreaterThan(0.1);
    expect(costs.some((cost) => cost.completion < 1)).toBe(true);
  });

  it('has the same means, quantiles and misses by group', async () => {
    const aggregate = `count(*) AS parents, avg(total) AS mean, quantile_cont(total, 0.5) AS median,
      quantile_cont(total, 0.95) AS q95, quantile_cont(total, 0.99) AS q99, avg(completion) AS completion,
      count(*) FILTER (completion < 1) AS misses, sum(notional * total) / sum(notional) AS weighted,
      avg("cross") AS crossed FROM cost`;
    const groups = await rowsOf(
      engine,
      `SELECT 'all' AS dimension, 'all' AS name, ${aggregate} UNION ALL SELECT 'arm', arm, ${aggregate} GROUP BY arm
       UNION ALL SELECT 'side', if(side > 0, 'buy', 'sell'), ${aggregate} GROUP BY side`,
    );
    expect(groups).toHaveLength(5);
    for (const row of groups) {
      const group = card.groups.find((g) => g.dimension === row.dimension && g.group === row.name)!;
      for (const key of ['mean', 'median', 'q95', 'q99'] as const)
        expect(Math.abs(group.shortfall[key].value - Number(row[key]))).toBeLessThan(1e-9);
      expect(group.parents).toBe(Number(row.parents));
      expect(group.deadlineMisses).toBe(Number(row.misses));
      expect(Math.abs(group.completion - Number(row.completion))).toBeLessThan(1e-12);
      expect(Math.abs(group.notionalMeanBps - Number(row.weighted))).toBeLessThan(1e-9);
      expect(Math.abs(group.parts.cross! - Number(row.crossed))).toBeLessThan(1e-9);
    }
  });
});

describe('the market that orders met, from its cache', () => {
  it.each(Object.keys(DAMAGES) as Damage[])('is looked at again where it was %s, which is said once', async (how) => {
    const stage = join(folder, 'store', 'stages', 'orders');
    const caches = readdirSync(stage).map((key) => join(stage, key));
    for (const cache of caches) damage(join(cache, 'orders.json'), how);
    const dates = [...new Set(costs.map(({ date }) => date))];
    const again = [];
    for (const date of dates) again.push(await score(date));
    expect(again.flatMap((day) => day.costs)).toEqual(costs);
    const said = again.flatMap(({ warnings }) => warnings);
    expect(said.map((text) => /the cache (\S+) is damaged/.exec(text)![1]).sort()).toEqual(caches.sort());
  });
});
