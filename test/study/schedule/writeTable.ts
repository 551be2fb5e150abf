import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { POLICIES, type PolicyName } from '../../../src/model/scheduleSettings.js';
import { mean } from '../../../src/numerics/statistics.js';
import { DRAWS, type ScheduleRow } from './measure.js';
import { PATHS, RESULTS } from './runSchedules.js';
import { AVERSIONS, BASKETS, ERRORS, MARKETS, type ModelError } from './worlds.js';

/** Clears old results before the study and writes the tables after it. */
export default function setup() {
  rmSync(RESULTS, { recursive: true, force: true });
  return () => {
    const files = existsSync(RESULTS) ? readdirSync(RESULTS) : [];
    if (files.length < Object.keys(MARKETS).length) return;
    const rows = Object.keys(MARKETS).flatMap(
      (market) => JSON.parse(readFileSync(`${RESULTS}/${market}.json`, 'utf8')) as ScheduleRow[],
    );
    const target = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    writeFileSync(target('table.csv'), csv(rows));
    writeFileSync(target('README.md'), readme(rows));
  };
}

type Rows = readonly ScheduleRow[];

/** Rows by all that they are of. */
function lookup(rows: Rows) {
  const key = (row: Omit<CaseOf, 'policy'>, policy: PolicyName) =>
    [row.market, row.basket, row.aversion, row.error, policy].join('/');
  const found = new Map(rows.map((row) => [key(row, row.policy), row]));
  return (of: Omit<CaseOf, 'policy'>, policy: PolicyName) => found.get(key(of, policy))!;
}

type CaseOf = Pick<ScheduleRow, 'market' | 'basket' | 'aversion' | 'error' | 'policy'>;

/** By how many per cent the objective is beyond that of another policy in the same case. */
const beyond = (row: ScheduleRow, other: ScheduleRow): number => 100 * (row.objective / other.objective - 1);

const COLUMNS = [
  'market,basket,aversion,lambda,error,policy,expected_bps,deviation_bps,objective_bps,beyond_diagonal_pct,beyond_vwap_pct',
  'believed_bps,simulated_bps,simulated_deviation_bps,z_mean,z_deviation,gap',
].join(',');

function csv(rows: Rows): string {
  const of = lookup(rows);
  const lines = rows.map((row) => {
    const { expected, deviation, objective, believed, simulated, simulatedDeviation, zMean, zDeviation, gap } = row;
    const costs = [expected, deviation, objective].map((value) => value.toFixed(3));
    const against = (['diagonal', 'vwap'] as const).map((policy) => beyond(row, of(row, policy)).toFixed(3));
    const played = [believed, simulated, simulatedDeviation].map((value) => value.toFixed(3));
    const checks = [zMean.toFixed(2), zDeviation.toFixed(2), gap.toExponential(1)];
    const head = [row.market, row.basket, row.aversion, row.lambda.toPrecision(5), row.error, row.policy];
    return [...head, ...costs, ...against, ...played, ...checks].join(',');
  });
  return [COLUMNS, ...lines, ''].join('\n');
}

const per = (value: number, digits = 2) => `${value > 0 ? '+' : ''}${value.toFixed(digits)}`;
const AVERSION_NAMES = Object.keys(AVERSIONS) as ScheduleRow['aversion'][];
const marketsAndBaskets = Object.keys(MARKETS).flatMap((market) =>
  Object.keys(BASKETS).map((basket) => ({ market, basket }) as Pick<ScheduleRow, 'market' | 'basket'>),
);

function table(head: readonly string[], lines: readonly (readonly (string | number)[])[]): string[] {
  const words = head.map((name) => (name.startsWith('*') ? '---' : '--:'));
  const names = head.map((name) => name.replace('*', ''));
  return [names, words, ...lines].map((cells) => `| ${cells.join(' | ')} |`).concat('');
}

function readme(rows: Rows): string {
  return [
    ...introduction(rows),
    ...worth(rows),
    ...errors(rows),
    ...regrets(rows),
    ...prices(rows),
    ...loop(rows),
  ].join('\n');
}

function introduction(rows: Rows): string[] {
  return [
    '# Schedules, where the truth is known',
    '',
    `Written by \`npm run study:schedule\` (seeded; ${rows.length} rows in \`table.csv\`). 24 names in 4 sectors, ADV 300 to 1600 millions,`,
    'self impact of 2000/ADV bps per million, 10 % of ADV in every name over 78 buckets, at most half of the volume of a bucket.',
    'Own impact fades fastest, that of the market slowest (`test/support/scheduleMarket.ts`). Markets: *base* has links of .14 in',
    'sectors and .04 between them (normalised), *strong* three times these, *slow* fades four times as slowly. Baskets: all bought;',
    '*hedged* within sectors; *rotation* of two sectors into two others. λ is 0, a tenth, once and ten times that at which the risk of',
    'VWAP weighs as much as its impact in that market; it is the same whatever is believed.',
    '',
    'Every cost is under what is **true**. What the scheduler **believes** is that (`none`), that with noise of 20 % or 40 % of every',
    `link (nearest semidefinite matrices with the same self impact, mean of ${DRAWS} draws), links twice as strong as they are, or links`,
    'that are not there. In the last two what is believed is the market of the row, and the truth has less.',
    '',
    'Columns: `expected_bps`, `deviation_bps`, `objective_bps` = expected + λ · variance, of gross; `beyond_*_pct` compares',
    'objectives in the same case, negative is cheaper; `believed_bps` is what the policy’s own view expects (that of the scheduler',
    `where the policy has none); \`simulated_*\` are ${PATHS} days of a market that answers trade by trade, and \`z_*\` how many standard`,
    'errors they are off.',
    '',
  ];
}

function worth(rows: Rows): string[] {
  const of = lookup(rows);
  const lines = marketsAndBaskets.map((at) => [
    at.market,
    at.basket,
    ...(['diagonal', 'vwap'] as const).flatMap((other) =>
      AVERSION_NAMES.map((aversion) => {
        const here = { ...at, aversion, error: 'none' as const };
        return per(beyond(of(here, 'cross'), of(here, other)));
      }),
    ),
  ]);
  const heads = ['diagonal', 'vwap'].flatMap((other) => AVERSION_NAMES.map((aversion) => `${other}, ${aversion}`));
  return [
    '## What knowing the links is worth',
    '',
    'Objective of `cross` against `diagonal` and against `vwap`, %, by λ; the model is true.',
    '',
    ...table(['*market', '*basket', ...heads], lines),
  ];
}

const WRONG = ERRORS.filter((error) => error !== 'none');

function errors(rows: Rows): string[] {
  const of = lookup(rows);
  const lines = (['cross', 'half'] as const).flatMap((policy) =>
    marketsAndBaskets.flatMap((at) =>
      (['zero', 'medium'] as const).map((aversion) => [
        policy,
        at.market,
        at.basket,
        aversion,
        ...ERRORS.map((error) => {
          const here = { ...at, aversion, error };
          return per(beyond(of(here, policy), of(here, 'diagonal')));
        }),
      ]),
    ),
  );
  return [
    '## When what is believed is wrong',
    '',
    'Objective against `diagonal`, %; above zero, believing in links costs more than it brings.',
    '',
    ...table(['*policy', '*market', '*basket', '*λ', ...ERRORS], lines),
  ];
}

function regrets(rows: Rows): string[] {
  const of = lookup(rows);
  const cases = rows.filter(({ policy }) => policy === 'cross');
  const cheapest = (row: CaseOf) => Math.min(...POLICIES.map((policy) => of(row, policy).objective));
  const excess = (policy: PolicyName, errors: readonly ModelError[]) =>
    cases
      .filter(({ error }) => errors.includes(error))
      .map((row) => 100 * (of(row, policy).objective / cheapest(row) - 1));
  const lines = POLICIES.map((policy) => [
    policy,
    ...[
      ['none'] as const,
      ['noise 20 %', 'noise 40 %'] as const,
      ...WRONG.slice(2).map((error) => [error] as const),
    ].flatMap((errors) => {
      const values = excess(policy, errors);
      return [mean(values).toFixed(2), Math.max(...values).toFixed(2)];
    }),
  ]);
  const heads = ['none', 'noise', ...WRONG.slice(2)].flatMap((error) => [`${error}, mean`, 'worst']);
  return [
    '## By how much a policy misses the best of the seven',
    '',
    'Objective beyond the cheapest policy of the same case, %, over all markets, baskets and λ.',
    '',
    ...table(['*policy', ...heads], lines),
    staggering(rows),
    hurrying(rows),
    '',
  ];
}

function staggering(rows: Rows): string {
  const of = lookup(rows);
  const values = rows.filter(({ policy }) => policy === 'staggered').map((row) => beyond(row, of(row, 'vwap')));
  const wins = values.filter((value) => value < 0).length;
  return `Sector after sector beats VWAP in ${wins} of ${values.length} cases; it costs ${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} % more.`;
}

/** Where risk that names share makes a schedule hurry that does not know what hurrying costs. */
function hurrying(rows: Rows): string {
  const of = lookup(rows);
  const right = rows.filter(({ policy, error }) => policy === 'diagonal' && error === 'none');
  const loses = (other: PolicyName) => right.filter((row) => row.objective > of(row, other).objective).length;
  return `Where the model is true, \`diagonal\`, which knows the risk that names share but not their links, is dearer than \`independent\`, which knows neither, in ${loses('independent')} of ${right.length} cases, and dearer than VWAP in ${loses('vwap')}.`;
}

function prices(rows: Rows): string[] {
  const of = lookup(rows);
  const lines = marketsAndBaskets.map((at) => {
    const here = (aversion: ScheduleRow['aversion']) => ({ ...at, aversion, error: 'none' as const });
    const pair = (policy: PolicyName, aversion: ScheduleRow['aversion']) => {
      const { believed, expected } = of(here(aversion), policy);
      return `${believed.toFixed(1)} → ${expected.toFixed(1)}`;
    };
    return [
      at.market,
      at.basket,
      ...AVERSION_NAMES.map((aversion) => pair('diagonal', aversion)),
      pair('cross', 'medium'),
    ];
  });
  return [
    '## What is believed and what it costs',
    '',
    'Expected cost in bps by a forecast without links, and what the same schedule costs; last, with links.',
    '',
    ...table(
      ['*market', '*basket', ...AVERSION_NAMES.map((aversion) => `diagonal, ${aversion}`), 'cross, medium'],
      lines,
    ),
  ];
}

function loop(rows: Rows): string[] {
  const scores = rows.flatMap(({ zMean, zDeviation }) => [zMean, zDeviation]).map(Math.abs);
  const share = (least: number) => `${scores.filter((z) => z > least).length}`;
  const largest = (key: 'answerError' | 'gap') => Math.max(...rows.map((row) => row[key])).toExponential(1);
  return [
    '## In a market that answers',
    '',
    `Largest |z| of ${scores.length} is ${Math.max(...scores).toFixed(2)}; ${share(2)} are above 2 and ${share(3)} above 3 (rows of a basket share its`,
    `days, and rows with noise show the largest of ${DRAWS}). What the market takes for a schedule, summed trade by trade, is what was`,
    `expected within ${largest('answerError')} of it; the solver’s largest relative gap is ${largest('gap')}.`,
    '',
  ];
}
