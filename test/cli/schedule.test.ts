import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadArtifact, replanSchedule, type ScheduleDocument, schedule } from '../../src/library.js';
import { XimError } from '../../src/model/failure.js';
import { USUAL_SETTINGS } from '../../src/model/scheduleSettings.js';
import { planBasket } from '../../src/run/schedule/planBasket.js';
import { resolveReference } from '../../src/store/store.js';
import { xim, ximJson } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { sampleRunInto } from '../support/sampleRun.js';

const folder = temporaryFolder();
const store = join(folder, 'store');
const at = (name: string) => join(folder, name);
const CONFIG = ['--config', 'configs/sample.yaml', '--store', store];
const write = (name: string, text: string): string => {
  writeFileSync(at(name), text);
  return at(name);
};
const plan = (...args: string[]) => ['schedule', ...args, ...CONFIG];

const LINES = [
  { symbol: 'SIM1', side: 'buy', qty: 9000, lot: 100 },
  { symbol: 'SIM2', side: 'buy', qty: 8000, lot: 1 },
  { symbol: 'SIM4', side: 'sell', qty: 12050, lot: 100 },
  { symbol: 'SIM7', side: 'buy', qty: 9000, lot: 1 },
] as const;
const csvOf = (lines: readonly object[]) =>
  `${[Object.keys(lines[0]).join(','), ...lines.map((line) => Object.values(line).join(','))].join('\n')}\n`;

let basket: string;
let planned: ScheduleDocument;
beforeAll(async () => {
  await sampleRunInto(store);
  basket = write('basket.csv', csvOf(LINES));
  planned = ximJson(plan(basket, '--out', at('out'))).document;
});

describe('xim schedule', () => {
  it('trades every share in whole lots, within caps and sessions', () => {
    expect(planned.policy).toMatchObject({ name: 'cross', status: 'optimal' });
    expect(planned.policy.gap).toBeLessThanOrEqual(1e-6);
    for (const { symbol, side, qty, lot } of LINES) {
      const children = planned.children.filter((child) => child.symbol === symbol);
      const signed = side === 'buy' ? qty : -qty;
      expect(children.reduce((sum, child) => sum + child.qty!, 0)).toBe(signed);
      // 12 050 shares in lots of 100: one child has the odd fifty.
      expect(children.filter((child) => child.qty! % lot !== 0)).toHaveLength(qty % lot === 0 ? 0 : 1);
      for (const child of children) expect(child.participation).toBeLessThanOrEqual(0.1 + 1e-12);
    }
    for (const { start, end } of planned.rows)
      expect((start >= '10:00' && end <= '11:00') || (start >= '13:00' && end <= '13:45')).toBe(true);
    expect(planned.notes.join('\n')).toContain('spans a break');
  });

  it('says a cost whose parts and whose children sum to it', () => {
    const { spread, temporary, self, cross, earlier, alpha, expected, expectedMoney } = planned.cost;
    expect(spread + temporary + self + cross + earlier + alpha).toBeCloseTo(expected, 10);
    const paid = planned.children.reduce((sum, child) => sum + Math.abs(child.notional) * child.expectedCostBps, 0);
    expect(paid / planned.gross).toBeCloseTo(expected, 10);
    expect(expectedMoney).toBeCloseTo(expected * planned.gross * 100, 6);
    expect(planned.pairs.every(({ from, to }) => from !== to)).toBe(true);
  });

  it('is the same from CSV, JSON and Parquet, on one thread, and from the library', async () => {
    const engine = await testEngine(folder);
    const parquet = at('basket.parquet');
    await engine.connection.run(`COPY (SELECT * FROM read_csv('${basket}')) TO '${parquet}' (FORMAT parquet)`);
    const json = write('basket.json', JSON.stringify(LINES));
    for (const file of [json, parquet]) expect(ximJson(plan(file)).document).toEqual(planned);
    expect(ximJson(plan(basket, '--threads', '1')).document).toEqual(planned);
    expect(schedule(loadArtifact(store, 'candidate'), LINES)).toEqual(planned);
  });

  it('writes files that others read, the same bytes every time', async () => {
    const engine = await testEngine(folder);
    const fromParquet = await rowsOf(
      engine,
      `SELECT symbol, sum(qty) AS qty FROM '${at('out/schedule.parquet')}' GROUP BY 1 ORDER BY 1`,
    );
    const fromCsv = await rowsOf(
      engine,
      `SELECT symbol, sum(qty) AS qty FROM '${at('out/schedule.csv')}' GROUP BY 1 ORDER BY 1`,
    );
    expect(fromParquet).toEqual(fromCsv.map(({ symbol, qty }) => ({ symbol, qty: Number(qty) })));
    expect(fromParquet.map(({ qty }) => qty)).toEqual([9000, 8000, -12050, 9000]);
    ximJson(plan(basket, '--out', at('again')));
    for (const name of ['schedule.json', 'schedule.csv', 'schedule.parquet', 'schedule.html'])
      expect(readFileSync(at(`again/${name}`)).equals(readFileSync(at(`out/${name}`)))).toBe(true);
  });

  it('compares with other ways to work the basket: none is cheaper at equal risk', () => {
    const { comparison, frontier } = ximJson(plan(basket, '--compare', '--frontier')).document as ScheduleDocument;
    expect(comparison!.map(({ policy }) => policy)).toEqual([
      'twap',
      'vwap',
      'staggered',
      'independent',
      'diagonal',
      'half',
      'cross',
    ]);
    const lambda = planned.settings.aversion;
    const objective = ({ cost }: (typeof comparison & object)[number]) =>
      cost.expected + lambda * cost.deviation ** 2 * planned.gross;
    const best = objective(comparison!.at(-1)!);
    for (const policy of comparison!) expect(objective(policy)).toBeGreaterThanOrEqual(best * (1 - 1e-6));
    const deviations = frontier!.map(({ deviation }) => deviation);
    expect([...deviations].sort((a, b) => b - a)).toEqual(deviations);
    for (let k = 1; k < frontier!.length; k++)
      expect(frontier![k].expected).toBeGreaterThanOrEqual(frontier![k - 1].expected - 1e-5);
  });
});

/** Fills that do what the plan says, in the last second of every row before `rows`. */
const fillsOf = ({ children, rows }: ScheduleDocument, before: number): string =>
  csvOf(
    children
      .filter(({ row }) => row < before)
      .map(({ row, symbol, qty }) => ({ ts: rows[row].ts, symbol, side: Math.sign(qty!), qty: Math.abs(qty!) })),
  );

describe('the rest of a plan', () => {
  const replan = (...args: string[]) => plan('--from-state', at('out/schedule.json'), ...args);

  it('is kept while a new one saves less than the band, and what is done is done', () => {
    const fills = write('fills.csv', fillsOf(planned, 20));
    const { document } = ximJson(replan('--fills', fills, '--start', planned.rows[20].start));
    expect(document.replan).toMatchObject({ fits: true, isKept: true });
    for (const { symbol, side, qty } of LINES) {
      const sum = (of: ScheduleDocument, from: number) =>
        of.children.filter((c) => c.symbol === symbol && c.row >= from).reduce((all, c) => all + c.qty!, 0);
      const done = planned.children
        .filter((c) => c.symbol === symbol && c.row < 20)
        .reduce((all, c) => all + c.qty!, 0);
      expect(sum(document, 0)).toBe((side === 'buy' ? qty : -qty) - done);
      expect(sum(document, 0)).toBe(sum(planned, 20));
    }
  });

  it('is planned anew where less was done than planned', () => {
    const fills = write('few.csv', fillsOf(planned, 5));
    const { document } = ximJson(replan('--fills', fills, '--start', planned.rows[20].start));
    expect(document.replan).toMatchObject({ fits: false, isKept: false });
    expect(document.gross).toBeGreaterThan(0);
  });

  it('meets what earlier trades still weigh: the same basket is dearer after buying the same names', () => {
    const earlier = csvOf([{ ts: '2024-03-13 14:10:00', symbol: 'SIM1', side: 1, qty: 20000 }]);
    const late = ['--start', '10:30', '--cap', '0.3'];
    const fresh = ximJson(plan(basket, ...late)).document;
    const after = ximJson(plan(basket, ...late, '--fills', write('earlier.csv', earlier))).document;
    expect(fresh.cost.earlier).toBe(0);
    expect(after.cost.earlier).toBeGreaterThan(0.1);
  });

  it('counts what other baskets traded as a weight on prices, not as done', () => {
    const fills = write('fills.csv', fillsOf(planned, 20));
    const others = write('others.csv', csvOf([{ ts: '2024-03-13 14:20:00', symbol: 'SIM1', side: 1, qty: 9000 }]));
    const start = ['--fills', fills, '--start', planned.rows[20].start];
    const alone = ximJson(replan(...start)).document;
    const beside = ximJson(replan(...start, '--other-fills', others)).document;
    expect(beside.gross).toBe(alone.gross);
    expect(beside.cost.earlier).toBeGreaterThan(alone.cost.earlier);
  });

  it('is refused by another version, without a start, at no row, and for fills that are more than the plan', () => {
    const artifact = loadArtifact(store, 'candidate');
    const other = { ...planned, version: { ...planned.version, id: 'f'.repeat(64) } };
    expect(() => replanSchedule(artifact, { document: other }, { start: '10:30' })).toThrow(/the plan is by/);
    expect(xim(replan()).stderr).toContain('--start');
    expect(xim(replan('--start', '10:01')).stderr).toContain('no row of the plan starts at 10:01');
    const much = write('much.csv', csvOf([{ ts: '2024-03-13 14:10:00', symbol: 'SIM1', side: 1, qty: 20000 }]));
    expect(xim(replan('--start', planned.rows[20].start, '--fills', much)).stderr).toContain(
      '20000 were filled, the plan of 2024-03-13 has 9000',
    );
  });
});

describe('what cannot be scheduled is refused, and the message names it', () => {
  it.each([
    ['a name that the version does not know', 'symbol,side,qty\nXYZ,buy,10\n', {}, /line 2: XYZ is no name of/],
    ['no number', 'symbol,side,qty\nSIM1,buy,NaN\n', {}, /line 2: qty is "NaN"/],
    ['nothing', 'symbol,side,qty\nSIM1,buy,0\n', {}, /line 2: qty is "0"/],
    ['a negative amount with a side', 'symbol,side,qty\nSIM1,buy,-5\n', {}, /line 2: qty is "-5"/],
    ['a name twice', 'symbol,side,qty\nSIM1,buy,10\nSIM1,sell,10\n', {}, /line 3: SIM1 stands in line 2 already/],
    ['money in the wrong unit', 'symbol,side,notional\nSIM1,buy,5000000\n', {}, /days of all that trades of it/],
    [
      'more than the caps hold',
      'symbol,side,qty\nSIM1,buy,90000\n',
      {},
      /SIM1 has .* of which .* fit under a cap of 10 % .* a cap of .* would do/,
    ],
    [
      'a window that is closed',
      'symbol,side,qty,start,end\nSIM1,buy,10,11:10,12:00\n',
      {},
      /no volume or bucket to trade them in/,
    ],
    [
      'a lot that is more than the order',
      'symbol,side,qty,lot\nSIM1,buy,50,100\n',
      {},
      /a lot of 100 is more than the 50 shares/,
    ],
    ['a column that it does not know', 'symbol,side,qty,Cap\nSIM1,buy,10,0.1\n', {}, /no column "Cap"/],
    ['no line', 'symbol,side,qty\n', {}, /has no line/],
    ['no side that is one', 'symbol,side,qty\nSIM1,long,10\n', {}, /side is "long"/],
    ['a horizon past the session', 'symbol,side,qty\nSIM1,buy,10\n', { end: '15:00' }, /leaves the session/],
    [
      'a horizon before it',
      'symbol,side,qty\nSIM1,buy,10\n',
      { start: '13:30', end: '13:10' },
      /ends before it starts/,
    ],
    ['a bucket that is none of the model', 'symbol,side,qty\nSIM1,buy,10\n', { bucketNs: 1.5e9 }, /no whole number/],
  ])('%s', async (_, text, options, message) => {
    const version = resolveReference(store, 'candidate');
    const request = { store, version, basket: write('bad.csv', text), settings: USUAL_SETTINGS, ...options };
    const refused = await planBasket({ ...request, engine: () => testEngine(folder) }).catch((error) => error);
    expect(refused).toBeInstanceOf(XimError);
    expect(['data', 'usage']).toContain(refused.kind);
    expect(refused.message).toMatch(message);
    expect(refused.hint).not.toBe('');
  });

  it('with the exit code of bad input, and nothing on the standard output', () => {
    const { code, stderr, stdout } = xim(plan(write('bad.csv', 'symbol,side,qty\nXYZ,buy,10\n')));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/line 2: XYZ is no name of/);
  });

  it('takes a name that it does not know when told what trades of it, and says so', () => {
    const unknown = write('unknown.csv', 'symbol,side,notional\nXYZ,buy,5\nSIM1,sell,2\n');
    const { document } = ximJson(plan(unknown, '--allow-unknown', 'XYZ=300'));
    expect(document.names[0]).toMatchObject({ symbol: 'XYZ', isKnown: false, shares: null });
    expect(document.notes.join('\n')).toContain('XYZ: not in the version');
    expect(document.cost.cross).toBeCloseTo(0, 12);
  });

  it('hurries a name that is urgent, and reports the risk that there is', () => {
    const same = { ...LINES[0], side: 'buy' as const };
    const [calm, urgent] = [1, 30].map((urgency) =>
      schedule(loadArtifact(store, 'candidate'), [{ ...same, lot: 1, urgency }, LINES[1]], { settings: { cap: 0.2 } }),
    );
    const half = ({ schedule: [amounts] }: ScheduleDocument) => {
      let done = 0;
      return amounts.findIndex((millions) => {
        done += millions / amounts.reduce((sum, each) => sum + each, 0);
        return done >= 0.5;
      });
    };
    expect(half(urgent)).toBeLessThan(half(calm));
    // Weights are a preference: what is at risk is not thirty times as much.
    expect(urgent.cost.deviation).toBeLessThan(calm.cost.deviation);
  });

  it('says that links cannot change a rhythm that is one for all', () => {
    expect(planned.notes.join('\n')).toContain('links fade as self impact does');
    const artifact = loadArtifact(store, 'candidate');
    const { propagator, ...market } = artifact.market();
    const [K] = propagator.matrices;
    const parts = { ...propagator, matrices: Array.from(propagator.decay, () => ({ ...K })) };
    const { notes } = schedule({ ...artifact, market: () => ({ ...market, propagator: parts }) }, LINES);
    expect(notes.join('\n')).not.toContain('links fade as self impact does');
  });

  it('refuses to let a name wait whose risk was never seen', () => {
    const artifact = loadArtifact(store, 'candidate');
    const { profile, ...market } = artifact.market();
    const n = profile.covariance.cols;
    const data = profile.covariance.data.map((value, k) => (k % n === 0 || k < n ? 0 : value));
    const blind = { ...market, profile: { ...profile, covariance: { ...profile.covariance, data } } };
    const by = (options: Parameters<typeof schedule>[2]) =>
      schedule({ ...artifact, market: () => blind }, LINES, options);
    expect(() => by({})).toThrow(/no moves of SIM1 were seen/);
    expect(by({ settings: { urgency: { aversion: 0 } } }).gross).toBeGreaterThan(0);
  });

  it('says that a version would not be promoted, and what depth its costs are of', () => {
    const artifact = loadArtifact(store, 'candidate');
    const doubtful = { ...artifact.market(), failedGates: ['identification'], liquidity: 0.25 };
    const { notes } = schedule({ ...artifact, market: () => doubtful }, LINES);
    expect(notes.join('\n')).toContain('would not be promoted: identification');
    expect(notes.join('\n')).toContain('usual depth of the book');
    expect(planned.notes.join('\n')).not.toContain('promoted');
  });

  it('keeps a name whose window is over out of the auction, and plans the rest of one that it does not know', () => {
    const artifact = loadArtifact(store, 'candidate');
    const early = { ...LINES[1], lot: 1, end: '11:00' };
    const settings = { close: { share: 0.2, cap: 0.2 }, cap: 0.3 };
    const { children, rows } = schedule(artifact, [LINES[0], early], { settings });
    const auction = children.filter(({ row }) => rows[row].kind === 'auction').map(({ symbol }) => symbol);
    expect(auction).toEqual(['SIM1']);
    const unknown = [{ symbol: 'XYZ', dailyMillions: 300 }];
    const document = schedule(artifact, [LINES[0], { symbol: 'XYZ', side: 'buy', notional: 2 }], { unknown });
    const start = document.rows[20].start;
    const rest = replanSchedule(artifact, { document }, { start, unknown });
    expect(rest.gross).toBeCloseTo(document.gross, 12);
    expect(() => replanSchedule(artifact, { document }, { start })).toThrow(/XYZ is no name of/);
  });

  it('leaves a rest undone where that is allowed, and prices it', () => {
    const large = write('large.csv', 'symbol,side,qty\nSIM1,buy,40000\n');
    const { document } = ximJson(plan(large, '--penalty', '20'));
    const last = document.rows.length - 1;
    expect(document.rows[last].kind).toBe('cleanUp');
    expect(document.children.filter((c: { row: number }) => c.row === last)).toHaveLength(1);
  });

  it('follows volumes that a desk brings, and trades nothing where they are zero', () => {
    const volumes = ['SIM1', 'SIM2', 'SIM4', 'SIM7'].flatMap((symbol) => [
      { symbol, start: '10:00', end: '10:20', volume: 0 },
      { symbol, start: '10:20', end: '13:45', volume: 80 },
    ]);
    const file = write('volumes.csv', csvOf(volumes));
    const { document } = ximJson(plan(basket, '--volume', file));
    expect(document.children.length).toBeGreaterThan(10);
    for (const { row } of document.children) expect(document.rows[row].start >= '10:20').toBe(true);
    const none = write('none.csv', csvOf([{ symbol: 'SIM1', start: '10:00', end: '13:45', volume: 0 }]));
    expect(xim(plan(basket, '--volume', none)).stderr).toContain('no volume of it was seen');
  });

  it('trades less at once with a closing auction', () => {
    const { document } = ximJson(plan(basket, '--close', '0.2:0.2', '--urgency', 'low'));
    const last = document.rows.length - 1;
    expect(document.rows[last].kind).toBe('auction');
    for (const child of document.children.filter((c: { row: number }) => c.row === last))
      expect(child.participation).toBeLessThanOrEqual(0.2 + 1e-9);
  });

  it('a version that came from a matrix holds no market', () => {
    const matrix = write('matrix.csv', 'symbol,SIM1,SIM2\nSIM1,2,0.5\nSIM2,0.5,1\n');
    const { document } = ximJson(['constrain', '--matrix', matrix, ...CONFIG]);
    const { code, stderr } = xim(plan(basket, '--ref', document.id ?? document.version));
    expect(code).toBe(2);
    expect(stderr).toContain('holds no market.arrow');
  });
});
