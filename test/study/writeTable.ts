import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mean, studentReach } from '../../src/numerics/statistics.js';
import { MEASURES } from './measure.js';
import { DEFAULT, RECIPES } from './recipes.js';
import { type CoverageRow, RESULTS, type Row } from './runStudy.js';
import { CONDITIONS, KERNELS, NOISES, type World } from './worlds.js';

const SIZES = [10, 40, 100];
const FILES = SIZES.length * KERNELS.length;

/** Clears old results before the study and writes the tables after it. */
export default function setup() {
  rmSync(RESULTS, { recursive: true, force: true });
  return () => {
    const files = existsSync(RESULTS) ? readdirSync(RESULTS).sort() : [];
    if (files.length < FILES) return;
    const parts = files.map((file) => JSON.parse(readFileSync(`${RESULTS}/${file}`, 'utf8')) as Part);
    const rows = parts.flatMap((part) => part.rows);
    const target = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    writeFileSync(target('table.csv'), csv(rows));
    writeFileSync(
      target('README.md'),
      readme(
        rows,
        parts.flatMap((part) => part.covered),
      ),
    );
  };
}

interface Part {
  readonly rows: readonly Row[];
  readonly covered: readonly CoverageRow[];
}

const noises = Object.keys(NOISES) as World['noise'][];

function worlds(): World[] {
  return KERNELS.flatMap((kernel) =>
    CONDITIONS.flatMap((condition) =>
      SIZES.flatMap((names) => noises.map((noise) => ({ names, noise, kernel, condition }))),
    ),
  );
}

const inWorld = (world: World) => (row: World) =>
  row.names === world.names &&
  row.noise === world.noise &&
  row.kernel === world.kernel &&
  row.condition === world.condition;

const of = (rows: readonly Row[], recipe: string) => rows.filter((row) => row.recipe === recipe);

function csv(rows: readonly Row[]): string {
  const header = ['kernel', 'condition', 'names', 'noise', 'recipe', 'replications', ...MEASURES, 'basket_se'];
  const lines = worlds().flatMap((world) => {
    const here = rows.filter(inWorld(world));
    return RECIPES.flatMap(({ name }) => {
      const own = of(here, name);
      if (own.length === 0) return [];
      const baskets = own.map((row) => row.basket);
      const spread = Math.sqrt(mean(baskets.map((b) => (b - mean(baskets)) ** 2)) / Math.max(1, own.length - 1));
      const values = [...MEASURES.map((m) => mean(own.map((row) => row[m]))), spread].map((v) => v.toFixed(5));
      return [[world.kernel, world.condition, world.names, world.noise, `"${name}"`, own.length, ...values].join(',')];
    });
  });
  return `${[header.join(','), ...lines].join('\n')}\n`;
}

function readme(rows: readonly Row[], covered: readonly CoverageRow[]): string {
  const sections = KERNELS.flatMap((kernel) =>
    CONDITIONS.map((condition) =>
      basketTable(
        rows.filter((row) => row.kernel === kernel && row.condition === condition),
        kernel,
        condition,
      ),
    ),
  );
  return `# Monte Carlo study

Written by \`npm run study\` (seeded; every number comes out the same again). Worlds are {10, 40, 100} names × {low, medium, high}
noise × {scalar, modes} kernel × {clean, contaminated, asynchronous, missing}: flow that follows the factor, every third
name quoted half a bucket late, 5 % of the moves missing. Each has blocks with links of .3 inside and .06 between them, each a
little different, six days of 1500 buckets of a second, and time constants that are not on the grid of the fit. In the modes
world the market as a whole decays more slowly than single names. \`worlds.ts\` says it in code. Noise is 1, 4, 10 bps a
bucket against self impacts of about 1 bps per million.

All measures of every recipe in every world are in \`table.csv\`: error of links and of self impact, of the decay curve,
out-of-sample R², and the error of what random baskets cost when they are worked over half a minute, relative to their mean
cost. The tables here show the last one, which is what a desk pays for; the best of each column is bold.

${sections.join('\n')}
## Where the default does not win

Worlds in which another recipe has a smaller basket-cost error, beyond 95 % of the Monte Carlo error of their paired
difference:

${losses(rows)}

Why: in the modes world a scalar kernel is the wrong model, and \`modes\` is the right one wherever there is data to see it
(low and medium noise); with 100 names EigenLiquidity gains there too, since it averages over the same modes. Where quotes
come late every recipe is biased, those that shrink least and row by row a little less; the remedy is
\`align.clock_offsets\`, not another estimator. The tail costs up to 5 % at high noise where held-out folds could not tell.
The other entries are what chance leaves.

## Coverage of 90 % intervals

Share of intervals that hold the truth, six folds: of every entry of K (jackknife about the symmetric estimate), and of the
cost at once of random baskets (about the same estimate: an interval about the penalised one does not know its bias and held
the truth in about 70 % of cases at 100 names). Quotes that come late bias everything, and no interval can know that: the
lead–lag diagnostic is what tells.

${coverageTable(covered)}`;
}

function basketTable(rows: readonly Row[], kernel: string, condition: string): string {
  const columns = SIZES.flatMap((names) => noises.map((noise) => ({ names, noise })));
  const value = (recipe: string, { names, noise }: (typeof columns)[number]) => {
    const own = of(rows, recipe).filter((row) => row.names === names && row.noise === noise);
    return own.length > 0 ? mean(own.map((row) => row.basket)) : Number.NaN;
  };
  const best = columns.map((column) =>
    Math.min(...RECIPES.map(({ name }) => value(name, column)).filter(Number.isFinite)),
  );
  const cell = (v: number, k: number) =>
    Number.isNaN(v) ? '' : v <= best[k] * (1 + 1e-9) ? `**${v.toFixed(3)}**` : v.toFixed(3);
  return [
    `## ${kernel} kernel, ${condition}`,
    '',
    `| recipe | ${columns.map(({ names, noise }) => `${names} ${noise}`).join(' | ')} |`,
    `|---|${columns.map(() => '--:|').join('')}`,
    ...RECIPES.map(
      ({ name }) => `| ${name} | ${columns.map((column, k) => cell(value(name, column), k)).join(' | ')} |`,
    ),
    '',
  ].join('\n');
}

function losses(rows: readonly Row[]): string {
  const found = new Map<string, { worlds: string[]; gains: number[] }>();
  let compared = 0;
  for (const world of worlds()) {
    const here = rows.filter(inWorld(world));
    const own = of(here, DEFAULT);
    for (const { name } of RECIPES) {
      const other = of(here, name);
      if (name === DEFAULT || other.length < 2) continue;
      compared++;
      const differences = own.map((row, k) => row.basket - other[k].basket);
      const centre = mean(differences);
      const error = Math.sqrt(mean(differences.map((d) => (d - centre) ** 2)) / (differences.length - 1));
      if (!(centre > studentReach(0.95, differences.length - 1) * error && centre > 1e-9)) continue;
      const entry = found.get(name) ?? { worlds: [], gains: [] };
      entry.worlds.push(`${world.kernel} ${world.condition} ${world.names} ${world.noise}`);
      entry.gains.push(centre / mean(own.map((row) => row.basket)));
      found.set(name, entry);
    }
  }
  const lines = [...found].map(([name, { worlds: where, gains }]) => {
    const [least, most] = [Math.min(...gains), Math.max(...gains)].map((g) => `${(100 * g).toFixed(1)} %`);
    return `| ${name} | ${where.length} | ${least} to ${most} | ${where.join('; ')} |`;
  });
  const total = [...found.values()].reduce((sum, { worlds: where }) => sum + where.length, 0);
  return [
    `${total} of ${compared} comparisons; by chance about 2.5 % would show.`,
    '',
    '| recipe | worlds | smaller by | where (kernel, condition, names, noise) |',
    '|---|--:|---|---|',
    ...lines,
  ].join('\n');
}

function coverageTable(covered: readonly CoverageRow[]): string {
  const share = (rows: readonly CoverageRow[], key: 'entries' | 'baskets') => {
    const [hits, all] = rows.reduce(([h, a], row) => [h + row[key][0], a + row[key][1]], [0, 0]);
    return all > 0 ? `${((100 * hits) / all).toFixed(1)} %` : '';
  };
  const lines = KERNELS.flatMap((kernel) =>
    CONDITIONS.map((condition) => {
      const here = covered.filter((row) => row.kernel === kernel && row.condition === condition);
      return `| ${kernel} | ${condition} | ${share(here, 'entries')} | ${share(here, 'baskets')} |`;
    }),
  );
  return ['| kernel | condition | entries of K | cost of baskets |', '|---|---|--:|--:|', ...lines, ''].join('\n');
}
