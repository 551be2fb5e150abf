import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mean } from '../../../src/numerics/statistics.js';
import type { OrderRow } from './measure.js';
import { RESULTS } from './runOrders.js';
import { DISTURBANCES, KERNELS } from './worlds.js';

/** Clears old results before the study and writes the table after it. */
export default function setup() {
  rmSync(RESULTS, { recursive: true, force: true });
  return () => {
    if (!existsSync(RESULTS)) return;
    const rows = readdirSync(RESULTS)
      .sort()
      .flatMap((file) => JSON.parse(readFileSync(`${RESULTS}/${file}`, 'utf8')) as OrderRow[]);
    writeFileSync(fileURLToPath(new URL('README.md', import.meta.url)), readme(rows));
  };
}

const digits = (value: number) => value.toFixed(2);

function readme(rows: readonly OrderRow[]): string {
  const sizes = [...new Set(rows.map(({ names }) => names))].sort((a, b) => a - b);
  return [
    '# What orders cost, where the truth is known',
    '',
    'Written by `npm run study:orders` (seeded). Worlds are kernels × disturbances × spread of liquidity (1 and 50) × names; three',
    'days of 12 000 buckets of a second, noise of 1 bps a bucket, names trade in a fifth of the buckets; settings are the defaults.',
    'Days are not replayed: the gates `diagnostics`, `constraint_moves` and `basket_norm`, which can only stop more, are left out.',
    '`worlds.ts` says it in code. Cost of an order in one name over the true one, mean over names and seeds; share of',
    '90 % intervals that hold the true cost.',
    '',
    ...sizes.flatMap((names) => sizeTable(names, rows)),
    ...verdictTable(rows),
    ...stoppedTable(rows),
    ...dangerTable(rows),
  ].join('\n');
}

function sizeTable(names: number, all: readonly OrderRow[]): string[] {
  const lines = Object.keys(KERNELS).flatMap((kernel) =>
    Object.keys(DISTURBANCES).flatMap((disturbance) => {
      const rows = all.filter((r) => r.names === names && r.kernel === kernel && r.disturbance === disturbance);
      if (rows.length === 0) return [];
      const ratio = (k: number) => digits(mean(rows.map((r) => r.ratio[k])));
      const covered = (k: number) => digits(mean(rows.map((r) => r.covered[k])));
      const self = (of: (r: OrderRow) => number) => mean(rows.map(of)).toFixed(3);
      return `| ${kernel} | ${disturbance} | ${[0, 1, 2].map(ratio).join(' | ')} | ${[0, 1, 2].map(covered).join(' | ')} | ${self((r) => r.rawSelf)} | ${self((r) => r.publishedSelf)} |`;
    }),
  );
  return [
    `## ${names} names`,
    '',
    '| kernel | disturbance | 1 min | 10 min | 1 h | held, 1 min | held, 10 min | held, 1 h | self error, raw | published |',
    '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...lines,
    '',
  ];
}

function verdictTable(all: readonly OrderRow[]): string[] {
  const lines = Object.keys(DISTURBANCES).map((disturbance) => {
    const rows = all.filter((r) => r.disturbance === disturbance);
    const share = (verdict: string) => digits(rows.filter((r) => r.verdict === verdict).length / rows.length);
    return `| ${disturbance} | ${rows.length} | ${share('evident')} | ${share('not distinguishable from an unrecorded factor')} | ${share('not evident')} |`;
  });
  return [
    '## Verdicts on links',
    '',
    '| disturbance | runs | evident | not distinguishable | not evident |',
    '|---|--:|--:|--:|--:|',
    ...lines,
    '',
  ];
}

/** What caution costs: promotions that are stopped although the price of ten minutes is right within a tenth. */
function stoppedTable(all: readonly OrderRow[]): string[] {
  const lines = Object.keys(DISTURBANCES).map((disturbance) => {
    const rows = all.filter((r) => r.disturbance === disturbance);
    const right = rows.filter((r) => Math.abs(r.ratio[1] - 1) <= 0.1);
    const stopped = right.filter((r) => !r.gatesPass);
    const by = (gate: string) => stopped.filter((r) => r.stopping.includes(gate)).length;
    const gates = [...new Set(stopped.flatMap((r) => r.stopping))].sort().map((gate) => `${gate} ${by(gate)}`);
    return `| ${disturbance} | ${rows.length} | ${right.length} | ${stopped.length} | ${gates.join(', ')} |`;
  });
  return [
    '## Stopped although right',
    '',
    '| disturbance | runs | ten minutes right within a tenth | of them stopped | by |',
    '|---|--:|--:|--:|---|',
    ...lines,
    '',
  ];
}

/** A ten-minute order priced wrong by more than a quarter while every gate passes: the most dangerous state of the product. */
function dangerTable(all: readonly OrderRow[]): string[] {
  const wrong = all.filter((r) => Math.abs(r.ratio[1] - 1) > 0.25);
  const silent = wrong.filter((r) => r.gatesPass);
  return [
    '## Wrong by more than a quarter',
    '',
    `Ten-minute orders were off by more than 25 % in ${wrong.length} of ${all.length} runs, in ${silent.length} of them with every gate green.`,
    '',
    '| names | kernel | disturbance | spread | seed | 10 min | gates that stop a promotion |',
    '|--:|---|---|--:|--:|--:|---|',
    ...wrong.map(
      (r) =>
        `| ${r.names} | ${r.kernel} | ${r.disturbance} | ${r.spread} | ${r.seed} | ${digits(r.ratio[1])} | ${r.stopping.join(', ') || '**none**'} |`,
    ),
    '',
  ];
}
