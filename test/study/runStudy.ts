import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decays } from '../../src/model/kernel.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { defaultCalibration } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { coverage, type Measures, measure } from './measure.js';
import { DEFAULT, fitRecipe, RECIPES } from './recipes.js';
import { CONDITIONS, DAYS, dayOf, NOISES, type Truth, truthOf, type World } from './worlds.js';

/** The default grid of time constants on buckets of a second. */
const decay = decays({ bucketMs: 1000, tauSeconds: [1, 5, 30, 300, Number.POSITIVE_INFINITY] });

export interface Row extends World, Measures {
  readonly recipe: string;
  readonly replication: number;
}

export interface CoverageRow extends World {
  readonly replication: number;
  readonly entries: readonly [number, number];
  readonly baskets: readonly [number, number];
}

export const RESULTS = fileURLToPath(new URL('./results', import.meta.url));

/** Every world of one size and kernel, every recipe, and its results as a file. */
export function runStudy(names: number, kernel: World['kernel'], replications: number): void {
  const rows: Row[] = [];
  const covered: CoverageRow[] = [];
  for (const condition of CONDITIONS) {
    for (const noise of Object.keys(NOISES) as World['noise'][]) {
      for (let replication = 0; replication < replications; replication++)
        runWorld({ names, noise, kernel, condition }, replication, rows, covered);
    }
  }
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${RESULTS}/names${names}-${kernel}.json`, JSON.stringify({ rows, covered }));
}

function runWorld(world: World, replication: number, rows: Row[], covered: CoverageRow[]): void {
  const seed = 1000 * (replication + 1) + world.names;
  const truth = truthOf(world, seed);
  const folds = foldsOf(world, truth, seed, DAYS);
  const unseen = foldsOf(world, truth, seed + 500, 2);
  const defaults = defaultCalibration(truth.blocks);
  for (const recipe of RECIPES) {
    if (world.names > (recipe.maxNames ?? Number.POSITIVE_INFINITY)) continue;
    const model = fitRecipe(recipe, folds, defaults);
    rows.push({ ...world, replication, recipe: recipe.name, ...measure(model, truth, decay, unseen, seed + 7) });
    if (recipe.name === DEFAULT) covered.push({ ...world, replication, ...coverage(model, truth, seed + 8) });
  }
}

function foldsOf(world: World, truth: Truth, seed: number, days: number) {
  return Array.from({ length: days }, (_, d) =>
    accumulateDay(dayOf(world, truth, 10 * seed + d), { decay, transform: LINEAR_FLOW, foldBuckets: 'day' }),
  ).flat();
}
