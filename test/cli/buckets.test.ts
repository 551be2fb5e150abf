import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { repository, ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
const DATE = '2024-03-13';
const events = ['--config', 'configs/sample.yaml', '--date', DATE, '--window', '1d'];
const own = join(folder, 'own');
const buckets = join(own, 'buckets', `date=${DATE}`);

let engine: Engine;
let aligned: string;
beforeAll(async () => {
  engine = await testEngine(folder);
  aligned = ximJson(['align', ...events, '--store', join(folder, 'events')]).document.days[0].folder;
});
afterAll(() => engine.close());

/** The day's buckets as a user's own, each file as a query over the aligned one. */
async function writeOwn(market = 'SELECT * FROM $', flow = 'SELECT * FROM $'): Promise<void> {
  rmSync(own, { recursive: true, force: true });
  mkdirSync(buckets, { recursive: true });
  cpSync(join(repository, 'sample-data/universe.csv'), join(own, 'universe.csv'));
  for (const [name, query] of Object.entries({ market, flow, factors: 'SELECT * FROM $' })) {
    const from = query.replaceAll('$', `'${join(aligned, `${name}.parquet`)}'`);
    await engine.connection.run(`COPY (${from}) TO '${join(buckets, `${name}.parquet`)}' (FORMAT parquet)`);
  }
}

const run = (store: string, ...more: string[]) =>
  ximJson(['run', ...events, '--data', own, '--set', 'data.source=buckets', '--store', join(folder, store), ...more]);

describe('buckets of the user’s own', () => {
  it('give what the events they were made from give', async () => {
    await writeOwn('SELECT * FROM $ ORDER BY hash(ts, symbol)');
    const direct = ximJson(['run', ...events, '--store', join(folder, 'events')]).document;
    const { code, document } = run('same');
    expect(code).toBe(0);
    expect(document.kernel).toEqual(direct.kernel);
    // The events come with parent orders, the buckets without: their gates and replays do not apply for different reasons.
    const ofMoves = ({ scheduleReplay: _, ...metrics }: Record<string, unknown>) => metrics;
    expect(ofMoves(document.metrics)).toEqual(ofMoves(direct.metrics));
    const orders = ['q95_improvement', 'completion', 'residual_drift', 'sample_ratio'];
    const judged = (gates: { name: string; verdict: string }[]) =>
      gates.filter(({ name, verdict }) => verdict !== 'not applicable' && !orders.includes(name));
    expect(judged(document.gates)).toEqual(judged(direct.gates));
    expect(judged(direct.gates).length).toBeGreaterThan(5);
  });

  it('need only stamps, symbols, a move or a mid, and signed notional', async () => {
    await writeOwn('SELECT ts, symbol, mid FROM $', 'SELECT ts, symbol, signed_notional FROM $');
    const { code, document } = run('least');
    expect(code).toBe(0);
    const { diagnoses } = document.metrics as { diagnoses: { mode: string; verdict: string }[] };
    expect(diagnoses.find(({ mode }) => mode === 'crowding')?.verdict).toBe('not applicable');
    expect(document.certificate).toBe('passed');
  });

  it('without depth have flow that counts as it is, whatever is asked, and that is said', async () => {
    await writeOwn('SELECT ts, symbol, mid, bid_depth FROM $', 'SELECT ts, symbol, signed_notional FROM $');
    const [asked, plain] = [run('blind', '--set', 'flow.liquidity=0.5'), run('plain')].map(({ document }) => document);
    expect(asked.kernel).toEqual(plain.kernel);
    expect(asked.metrics).toEqual(plain.metrics);
    const { manifest } = ximJson(['show', '--store', join(folder, 'blind')]).document;
    expect(manifest.notes).toContainEqual(expect.stringContaining('flow.liquidity 0.5 is not applied'));
  });

  it('without depth cost orders as if the book were as deep as usual, which is said', async () => {
    const store = join(folder, 'scaled');
    expect(ximJson(['run', ...events, '--store', store, '--set', 'flow.liquidity=0.25']).document.fresh).toBe(true);
    await writeOwn('SELECT * EXCLUDE (bid_depth) FROM $');
    for (const dataset of ['parents', 'fills'])
      cpSync(join(repository, 'sample-data', dataset), join(own, dataset), { recursive: true });
    const judged = ['scorecard', ...events, '--data', own, '--set', 'data.source=buckets', '--store', store];
    expect(ximJson(judged).document.scorecard.notes).toContainEqual(
      expect.stringMatching(/^no depth of SIM1, .* usual$/),
    );
  });

  it('on a finer grid are summed to the configured one', async () => {
    await writeOwn();
    const coarse = run('coarse', '--set', 'align.bucket=10s').document;
    const direct = ximJson(['run', ...events, '--set', 'align.bucket=10s', '--store', join(folder, 'events')]).document;
    direct.kernel.weights.forEach((weight: number, p: number) => {
      expect(Math.abs(coarse.kernel.weights[p] - weight)).toBeLessThan(0.02);
    });
    expect(Math.abs(coarse.metrics.outOfSample.pooled.fitted - direct.metrics.outOfSample.pooled.fitted)).toBeLessThan(
      0.005,
    );
  });

  it.each([
    ['no move and no mid', 'SELECT ts, symbol FROM $', undefined, /neither "ret_bps" nor "mid"/],
    [
      'stamps off the grid',
      'SELECT * REPLACE (ts - INTERVAL 300 MILLISECOND AS ts) FROM $',
      undefined,
      /ends 300 ms before a bucket/,
    ],
    ['no notional', undefined, 'SELECT ts, symbol, venue FROM $', /no column "signed_notional"/],
    ['every row twice', 'SELECT * FROM $ UNION ALL SELECT * FROM $', undefined, /most often duplicate/],
    [
      'strangers',
      "SELECT * REPLACE ('X' AS symbol) FROM $",
      undefined,
      /none of \d+ rows is of the universe; the commonest symbols are "X"/,
    ],
  ])('refuse %s', async (_, market, flow, message) => {
    await writeOwn(market, flow);
    const { code, document } = run('refused');
    expect(document.error?.message).toMatch(message);
    expect(code).toBe(3);
  });

  it('refuse a day without a file', async () => {
    await writeOwn();
    rmSync(join(buckets, 'flow.parquet'));
    expect(run('missing')).toMatchObject({
      code: 3,
      document: { error: { message: expect.stringMatching(/has no flow\.parquet/) } },
    });
  });
});
