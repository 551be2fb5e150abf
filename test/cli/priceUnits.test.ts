import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { readImpactArrow } from '../../src/io/impactArrow.js';
import { withoutTerms } from '../report/withoutTerms.js';
import { readJson, xim, ximJson } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import {
  POINT_CONFIG,
  POINT_DATES,
  POINT_K,
  POINT_NAMES,
  unitMillions,
  writePointMarket,
} from '../support/pointMarket.js';

const folder = temporaryFolder();
const DATE = POINT_DATES.at(-1)!;
const SHIFT = 1000;
const root = join(folder, 'through zero');
const shifted = join(folder, 'shifted');

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
  await writePointMarket(engine, root);
  await writePointMarket(engine, shifted, SHIFT);
}, 120_000);
afterAll(() => engine.close());

const PRICE = 'align: { units: price }';
let configs = 0;
/** Arguments of a command with a configuration of its own. */
function command(verb: string, data: string, store: string, ...lines: string[]): string[] {
  const file = join(folder, `xim${configs++}.yaml`);
  writeFileSync(file, [POINT_CONFIG, ...lines].join('\n'));
  return [verb, '--config', file, '--data', data, '--store', join(folder, store)];
}

function published(store: string, version: string) {
  const path = join(folder, store);
  const manifest = readJson(join(path, 'versions', version, 'manifest.json'));
  const object = (name: string) => {
    const { sha256 } = manifest.objects.find((one: { name: string }) => one.name === name);
    return readFileSync(join(path, 'objects', `${sha256}.${name.split('.').at(-1)}`));
  };
  return { manifest, object, impact: readImpactArrow(object('impact.arrow')) };
}

const runOf = (data: string, store: string, ...lines: string[]) => {
  const { document } = ximJson([...command('run', data, store, PRICE, ...lines), '--date', DATE]);
  expect(document.error).toBeUndefined();
  return published(store, document.version);
};

describe('prices through zero', () => {
  it('give the K that they were made with, certified, in price points per million of point value', async () => {
    const quotes = `read_parquet('${root}/quotes/*/*.parquet')`;
    const signs = await rowsOf(
      engine,
      `SELECT symbol, min(bid) < 0 AND max(bid) > 0 AS through FROM ${quotes} GROUP BY 1`,
    );
    expect(signs).toHaveLength(3);
    expect(signs.every(({ through }) => through)).toBe(true);

    const { manifest, impact, object } = runOf(root, 'plain');
    expect(manifest.certificate.status).toBe('passed');
    expect(manifest.config.align.units).toBe('price');
    expect(manifest.units.K).toBe('price points per million of point value in reporting currency');
    expect(object('impact.arrow').toString('latin1')).toContain(manifest.units.K);
    const [K, errors] = [impact.matrices.get('K_raw')!, impact.matrices.get('K_se')!];
    POINT_K.flat().forEach((truth, k) => {
      expect(errors.data[k] / truth).toBeLessThan(0.15);
      expect(Math.abs(K.data[k] - truth) / errors.data[k]).toBeLessThan(4);
      // What is published was shrunk; it is no further from the truth.
      expect(Math.abs(impact.matrices.get('K')!.data[k] - truth) / errors.data[k]).toBeLessThan(4);
    });
    const volatility = impact.columns.get('resid_vol_bps')!;
    const moves = `SELECT symbol, mid - lag(mid) OVER (PARTITION BY symbol, date ORDER BY ts) AS move
      FROM (SELECT *, (bid + ask) / 2 AS mid FROM ${quotes})`;
    const deviations = await rowsOf(engine, `SELECT symbol, stddev(move) AS sd FROM (${moves}) GROUP BY 1`);
    POINT_NAMES.forEach(({ symbol }, i) => {
      const { sd } = deviations.find((row) => row.symbol === symbol)!;
      expect(volatility[i] / Number(sd)).toBeCloseTo(1, 3);
    });
  });

  it('and the same K wherever they lie', () => {
    const [here, there] = [runOf(root, 'plain'), runOf(shifted, 'shifted')];
    for (const name of ['K', 'K_raw', 'K_se']) {
      const [a, b] = [here.impact.matrices.get(name)!, there.impact.matrices.get(name)!];
      a.data.forEach((value, k) => {
        expect(Math.abs(b.data[k] / value - 1)).toBeLessThan(1e-9);
      });
    }
    const scores = ({ object }: ReturnType<typeof published>) => JSON.parse(object('report.json').toString()).scorecard;
    expect(scores(there).groups[0].shortfall.mean.value).toBeCloseTo(scores(here).groups[0].shortfall.mean.value, 9);
    expect(here.manifest.gates.map(({ name, verdict }: Record<string, string>) => [name, verdict])).toEqual(
      there.manifest.gates.map(({ name, verdict }: Record<string, string>) => [name, verdict]),
    );
  });

  it('are refused in bps, with what to set', () => {
    const { code, document } = ximJson([...command('run', root, 'bps'), '--date', DATE]);
    expect(code).toBe(3);
    expect(document.error.message).toMatch(/non_positive_price/);
    expect(document.error.hint).toMatch(/align\.units: price/);
  });
});

describe('buckets in price points', () => {
  it('hold differences of mids, spreads as they are quoted, and quantities without a price', async () => {
    const { document } = ximJson([...command('align', root, 'plain', PRICE), '--date', DATE]);
    const [{ folder: day }] = document.days;
    const found = `'${day}/market.parquet'`;
    const quotes = `read_parquet('${root}/quotes/date=${DATE}/*.parquet')`;
    const depth = POINT_NAMES.map((name) => `WHEN '${name.symbol}' THEN ${unitMillions(name)}`).join(' ');
    const value = (symbol: string) => `CASE ${symbol} ${depth} END`;
    const [counts] = await rowsOf(
      engine,
      `WITH edges AS (
         SELECT symbol, ceil(epoch(ts))::BIGINT AS edge, (bid + ask) / 2 AS mid, ask - bid AS spread, bid_size
         FROM ${quotes}),
       expected AS (
         SELECT *, mid - lag(mid) OVER (PARTITION BY symbol ORDER BY edge) AS move,
           lead(mid, 5) OVER (PARTITION BY symbol ORDER BY edge) - mid AS markout FROM edges)
       SELECT count(*)::INTEGER AS n, max(abs(m.mid - e.mid)) AS mid, max(abs(ret_bps - move)) AS move,
         max(abs(spread_bps - e.spread)) AS spread, max(abs(bid_depth - bid_size * ${value('e.symbol')})) AS depth,
         max(abs(markout_5s_bps - markout)) AS markout, count(markout_5s_bps)::INTEGER AS markouts
       FROM ${found} m JOIN expected e ON e.symbol = m.symbol AND e.edge = epoch(m.ts)::BIGINT`,
    );
    expect(counts).toMatchObject({ n: 3 * 5400, markouts: 3 * 5395 });
    for (const column of ['mid', 'move', 'spread', 'depth', 'markout'])
      expect(Number(counts[column])).toBeLessThan(1e-12);
    const sums = await rowsOf(
      engine,
      `SELECT symbol, sum(signed_notional) AS found FROM '${day}/flow.parquet' GROUP BY 1 ORDER BY 1`,
    );
    const truth = await rowsOf(
      engine,
      `SELECT symbol, sum(side * qty * ${value('symbol')}) AS flow, 2 * sum(qty * ${value('symbol')}) AS volume
       FROM read_parquet('${root}/fills/date=${DATE}/*.parquet') GROUP BY 1 ORDER BY 1`,
    );
    const volumes = await rowsOf(engine, `SELECT symbol, sum(volume) AS v FROM ${found} GROUP BY 1 ORDER BY 1`);
    truth.forEach(({ flow, volume }, k) => {
      expect(Number(sums[k].found)).toBeCloseTo(Number(flow), 10);
      expect(Number(volumes[k].v)).toBeCloseTo(Number(volume), 10);
    });
  });

  it('of the user’s own give the same K from mids alone', async () => {
    const own = join(folder, 'own');
    const { document } = ximJson([...command('align', root, 'plain', PRICE), '--from', POINT_DATES[0], '--to', DATE]);
    for (const [k, date] of POINT_DATES.entries()) {
      const day = document.days[k].folder;
      const to = join(own, 'buckets', `date=${date}`);
      mkdirSync(to, { recursive: true });
      const market = `SELECT ts, symbol, mid, spread_bps, volume FROM '${day}/market.parquet'`;
      for (const [name, rows] of Object.entries({ market, flow: `SELECT * FROM '${day}/flow.parquet'` }))
        await engine.connection.run(`COPY (${rows}) TO '${join(to, `${name}.parquet`)}' (FORMAT parquet)`);
    }
    cpSync(join(root, 'universe.csv'), join(own, 'universe.csv'));
    const [events, buckets] = [runOf(root, 'plain'), runOf(own, 'own', 'data: { source: buckets }')];
    const [a, b] = [events.impact.matrices.get('K_raw')!, buckets.impact.matrices.get('K_raw')!];
    const errors = events.impact.matrices.get('K_se')!;
    // The first move of a session has no opening mid: it is all that is missing.
    a.data.forEach((value, k) => {
      expect(Math.abs(b.data[k] - value) / errors.data[k]).toBeLessThan(0.2);
    });
  });
});

describe('what orders cost in price points', () => {
  it('is that of a sum by hand, and its parts sum to it', async () => {
    runOf(root, 'plain');
    const range = ['--from', DATE, '--to', DATE];
    const { document } = ximJson([...command('scorecard', root, 'plain', PRICE), ...range]);
    expect(document.units).toBe('price');
    const all = document.scorecard.groups.find(({ dimension }: { dimension: string }) => dimension === 'all');
    const parts = Object.values<number>(all.parts).reduce((sum, part) => sum + part, 0);
    expect(parts).toBeCloseTo(all.shortfall.mean.value, 12);
    expect(all.parts.self).toBeGreaterThan(0);
    const [{ cost, orders }] = await rowsOf(
      engine,
      `WITH quotes AS (SELECT symbol, ts, (bid + ask) / 2 AS mid FROM read_parquet('${root}/quotes/date=${DATE}/*.parquet')),
       parents AS (
         SELECT p.*, a.mid AS arrival, d.mid AS deadline FROM read_parquet('${root}/parents/date=${DATE}/*.parquet') p
         ASOF JOIN quotes a ON a.symbol = p.symbol AND a.ts <= p.arrival_ts
         ASOF JOIN quotes d ON d.symbol = p.symbol AND d.ts <= p.deadline_ts),
       costs AS (
         SELECT p.parent_id, any_value(p.side) * (coalesce(sum(f.qty * (f.price - p.arrival)), 0)
           + (any_value(p.qty) - coalesce(sum(f.qty), 0)) * (any_value(p.deadline) - any_value(p.arrival))) / any_value(p.qty) AS cost
         FROM parents p LEFT JOIN read_parquet('${root}/fills/date=${DATE}/*.parquet') f USING (parent_id) GROUP BY 1)
       SELECT avg(cost) AS cost, count(*)::INTEGER AS orders FROM costs`,
    );
    expect(orders).toBe(all.parents);
    expect(all.shortfall.mean.value).toBeCloseTo(Number(cost), 10);
  });
});

describe('words', () => {
  it('speak of price points, and of bps nowhere', () => {
    const { object } = runOf(root, 'plain');
    const html = withoutTerms(object('report.html').toString());
    expect(html).toContain('self impact, points/M');
    expect(html).toContain('price points per unit of quantity');
    for (const text of [html, object('report.md').toString()]) expect(text).not.toMatch(/\bbps\b/);
    const dated = ['--date', DATE];
    const texts = [
      xim([...command('show', root, 'plain', PRICE)]),
      xim([...command('run', root, 'plain', PRICE), ...dated]),
      xim([...command('fit', root, 'plain', PRICE), ...dated]),
      xim([...command('scorecard', root, 'plain', PRICE), '--from', DATE, '--to', DATE]),
    ].map(({ stdout }) => stdout);
    for (const text of texts) expect(text).not.toMatch(/\bbps\b/);
    for (const at of [0, 2, 3]) expect(texts[at]).toMatch(/points/);
  });
});

describe('what does not go together', () => {
  it('an inverse contract and price points', async () => {
    const other = join(folder, 'inverse');
    await writePointMarket(engine, other);
    const lines = POINT_NAMES.map(({ symbol }, i) => `${symbol},energy,${i === 1 ? 'inverse' : 'linear'}`);
    writeFileSync(join(other, 'universe.csv'), ['symbol,block,contract', ...lines].join('\n'));
    const { code, document } = ximJson([...command('align', other, 'inverse', PRICE), '--date', DATE]);
    expect(code).toBe(3);
    expect(document.error.message).toMatch(/universe\.csv: "GAS" is an inverse contract, and align\.units is price/);
  });

  it.each([
    ['bad_tick', 0.1],
    ['max_spread', 0.5],
  ])('align.%s and price points', (key, value) => {
    const { code, document } = ximJson([
      ...command('align', root, 'refused', `align: { units: price, ${key}: ${value} }`),
      '--date',
      DATE,
    ]);
    expect(code).toBe(2);
    expect(document.error.message).toMatch(new RegExp(`align\\.${key}.*share of the mid`));
  });

  it('a version in price points and orders, a champion or a version in bps', () => {
    const { manifest } = runOf(root, 'plain');
    expect(manifest.units.move).toBe('price points per bucket');
    const scored = ximJson([...command('scorecard', shifted, 'plain'), '--from', DATE, '--to', DATE]);
    expect(scored.code).toBe(3);
    expect(scored.document.error.message).toMatch(/is in price points and cannot be used .*, which is in bps/);

    const inBps = ximJson([...command('run', shifted, 'plain'), '--date', DATE]).document.version;
    const { document, code } = ximJson([...command('diff', shifted, 'plain'), inBps, publishedPrice()]);
    expect(code).toBe(3);
    expect(document.error.message).toMatch(/is in price points and cannot be used beside/);

    const forced = ['--force', '--reason', 'a test'];
    expect(xim([...command('promote', shifted, 'plain'), publishedPrice(), ...forced]).code).toBe(0);
    const drawn = xim([...command('run', shifted, 'plain'), '--date', DATE, '--json'], {
      env: { XIM_FIT__TURNOVER: '0.1' },
    });
    expect(drawn.code).toBe(3);
    expect(JSON.parse(drawn.stdout).error.message).toMatch(/cannot be used to draw the links to \(fit\.turnover\)/);
  });
});

/** Folder of the version in price points. */
function publishedPrice(): string {
  return ximJson([...command('run', root, 'plain', PRICE), '--date', DATE]).document.version;
}
