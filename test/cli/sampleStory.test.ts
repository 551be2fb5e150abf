import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { objectPath } from '../../src/store/store.js';
import { heard, readJson, repository, xim, ximJson } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { sampleRunInto } from '../support/sampleRun.js';

/** What the sample is there to show is what its truth says: each chapter of sample-data/README.md against scenario and truth. */

const folder = temporaryFolder();
const store = join(folder, 'store');
const data = join(repository, 'sample-data');
const truth = readJson(join(data, 'truth.json'));
const { scenario } = truth;
const sample = ['--config', 'configs/sample.yaml', '--store', store];
const runOf = (date: string, ...more: string[]) => ximJson(['run', '--date', date, ...sample, ...more]);
const [LAST, NEXT] = ['2024-03-13', '2024-03-14'];

type Document = ReturnType<typeof ximJson>['document'];
function reportOf({ version }: Document): ReturnType<typeof readJson> {
  const { objects } = readJson(join(store, 'versions', version, 'manifest.json'));
  return readJson(
    objectPath(
      store,
      objects.find(({ name }: { name: string }) => name === 'report.json'),
    ),
  );
}
const named = (list: { name: string }[], name: string): ReturnType<typeof readJson> =>
  list.find((one) => one.name === name)!;

let first: Document;
let report: ReturnType<typeof readJson>;
beforeAll(async () => {
  first = (await sampleRunInto(store)).document;
  report = reportOf(first);
});

describe('the sample up to the day that the README runs', () => {
  it('compares two arms, and finds what the better one saves', () => {
    const [arms] = report.scorecard.comparisons;
    expect([arms.treatment, arms.control]).toEqual(['treatment', 'control']);
    // Shortfall: a saving lowers it. The bootstrap of six days has 90 % of what it says.
    const error = (arms.mean.high - arms.mean.low) / 3.29;
    expect(Math.abs(arms.mean.value + scenario.arms.saving_bps)).toBeLessThan(2.5 * error);
    expect(arms.mean.pValue).toBeLessThan(0.01);
    for (const gate of ['q95_improvement', 'completion', 'residual_drift', 'sample_ratio'])
      expect(named(report.gates, gate).verdict).toBe('passed');
  });

  it('has a name with thin flow, known the least well and still known', async () => {
    const [symbol] = Object.keys(scenario.flow.thin);
    const engine = await testEngine(folder);
    const counts = await rowsOf(
      engine,
      `SELECT symbol, count(*)::INTEGER AS orders FROM '${join(data, 'parents')}/*/*.parquet' GROUP BY symbol`,
    );
    engine.close();
    const orders = new Map(counts.map((row) => [row.symbol, Number(row.orders)]));
    const usual = [...orders].filter(([name]) => name !== symbol).map(([, count]) => count);
    const expected = scenario.flow.thin[symbol] * (usual.reduce((sum, n) => sum + n, 0) / usual.length);
    expect(Math.abs(orders.get(symbol)! - expected)).toBeLessThan(5 * Math.sqrt(expected));
    const error = ({ selfImpact, selfImpactError }: { selfImpact: number; selfImpactError: number }) =>
      selfImpactError / selfImpact;
    const names = [...report.names].sort((a, b) => error(b) - error(a));
    expect(names[0].symbol).toBe(symbol);
    const place = truth.symbols.indexOf(symbol);
    expect(Math.abs(names[0].selfImpact - truth.K[place][place])).toBeLessThan(2.5 * names[0].selfImpactError);
  });

  it('has two share classes whose estimate pays a round trip, which the projection ends within its error', () => {
    const { symbols, link } = scenario.impact.twins;
    const [i, j] = symbols.map((symbol: string) => truth.symbols.indexOf(symbol));
    expect(truth.K[i][j] / Math.sqrt(truth.K[i][i] * truth.K[j][j])).toBeCloseTo(link, 9);
    expect(report.certificateBefore.status).not.toBe('passed');
    expect(report.certificateBefore.witness.symbols).toEqual(symbols);
    expect(report.projection).toMatchObject({ status: 'converged' });
    expect(report.certificate.status).toBe('passed');
    expect(named(report.gates, 'constraint_moves').verdict).toBe('passed');
    const [strongest] = report.links;
    expect([strongest.row, strongest.column].sort()).toEqual(symbols);
  });

  it('masks its events, and nothing else', () => {
    const { missingShare } = report.names.find(({ symbol }: { symbol: string }) => symbol === 'SIM3');
    const others = report.names.filter(({ symbol }: { symbol: string }) => symbol !== 'SIM3');
    // Five minutes of one name on one day, five of all on another, out of six days of 105.
    const share = 5 / (6 * 105);
    for (const other of others) expect(Math.abs(other.missingShare - share)).toBeLessThan(0.001);
    expect(Math.abs(missingShare - 2 * share)).toBeLessThan(0.001);
  });
});

describe('the next evening', () => {
  let late: ReturnType<typeof runOf>;
  let mended: ReturnType<typeof runOf>;
  let aligned: number[];
  beforeAll(async () => {
    const days = () => readdirSync(join(store, 'stages', 'align')).length;
    expect(ximJson(['promote', first.id, ...sample]).code).toBe(0);
    late = runOf(NEXT);
    await heard();
    aligned = [days()];
    const [{ venue, seconds }] = scenario.late_venues;
    mended = runOf(NEXT, '--set', `align.clock_offsets.${venue}.${NEXT}=${1000 * seconds}ms`);
    aligned.push(days());
  });
  const clocksOf = (document: Document) => reportOf(document).diagnoses[0];

  it('finds the venue that is late, on its day', () => {
    const [{ venue, date }] = scenario.late_venues;
    expect(late.code).toBe(1);
    expect(clocksOf(late.document).verdict).toBe('red');
    expect(clocksOf(late.document).evidence).toMatch(new RegExp(`^${date}: moves lie -.* flow of ${venue} than`));
  });

  it('is mended by its remedy, for which that day alone is aligned anew', () => {
    expect(mended.code).toBe(0);
    expect(clocksOf(mended.document).verdict).not.toBe('red');
    expect(clocksOf(mended.document).evidence).not.toMatch(/BATS/);
    expect(aligned[1] - aligned[0]).toBe(1);
  });

  it('says what changed since the champion', () => {
    const { stdout } = xim(['show', 'candidate', ...sample]);
    expect(stdout).toMatch(new RegExp(`What changed since the champion\\?\\s+${first.version}: one-sided basket`));
    const { sinceChampion, normalised } = reportOf(mended.document);
    expect(sinceChampion.champion).toBe(first.id);
    expect(sinceChampion.links.length).toBeGreaterThan(0);
    expect(normalised.change.flat().some((change: number) => Math.abs(change) > 1e-3)).toBe(true);
    expect(readFileSync(join(store, 'versions', mended.document.version, 'manifest.json'), 'utf8')).toContain(first.id);
  });

  it('stays what it is when it is promoted: its champion is that of the evening before', () => {
    const [{ venue, seconds }] = scenario.late_venues;
    expect(ximJson(['promote', mended.document.id, ...sample]).code).toBe(0);
    const again = runOf(NEXT, '--set', `align.clock_offsets.${venue}.${NEXT}=${1000 * seconds}ms`);
    expect(again.document).toMatchObject({ id: mended.document.id, fresh: false });
    // The day before has no champion of an earlier date, though one is promoted by now.
    expect(runOf(LAST).document).toMatchObject({ id: first.id, fresh: false });
  });

  it('has no quote and no trade of the name that is halted, and masks it', async () => {
    const [halt] = scenario.halts;
    const rows = readFileSync(join(data, 'events.csv'), 'utf8').split('\n');
    const row = rows.find((line) => line.endsWith(',halt'))!;
    const [start, end, symbol] = row.split(',');
    expect(symbol).toBe(halt.symbol);
    const engine = await testEngine(folder);
    for (const dataset of ['quotes', 'trades', 'fills']) {
      const during = (name: string) =>
        rowsOf(
          engine,
          `SELECT 1 FROM '${join(data, dataset)}/date=${NEXT}/*.parquet' WHERE symbol = '${name}'
           AND ts >= TIMESTAMP '${start.slice(0, -1)}' AND ts < TIMESTAMP '${end.slice(0, -1)}'`,
        );
      expect(await during(symbol)).toHaveLength(0);
      expect((await during('SIM1')).length).toBeGreaterThan(0);
    }
    engine.close();
    const names = reportOf(mended.document).names;
    const missing = (name: string) => names.find((one: { symbol: string }) => one.symbol === name).missingShare;
    // The mean of six days, of which the last has sixty minutes.
    expect(missing(symbol) - missing('SIM1')).toBeCloseTo(10 / 60 / 6, 3);
    expect(first.version).toContain(LAST);
  });
});
