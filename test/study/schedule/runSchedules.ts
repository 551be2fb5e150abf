import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { randomStream } from '../../../src/numerics/random.js';
import { wander } from '../../support/answeringMarket.js';
import { measure, type ScheduleRow } from './measure.js';
import {
  AVERSIONS,
  type Aversion,
  BASKETS,
  type Basket,
  BUCKETS,
  MARKETS,
  type Market,
  NAMES,
  problemOf,
  SECTORS,
} from './worlds.js';

export const RESULTS = fileURLToPath(new URL('../results/schedule', import.meta.url));
/** Days that every schedule is worked on. */
export const PATHS = 2000;

/** Every basket, aversion, error and policy in one market. */
export async function runSchedules(market: Market): Promise<void> {
  const rows: ScheduleRow[] = [];
  for (const [index, basket] of (Object.keys(BASKETS) as Basket[]).entries()) {
    const random = randomStream(1 + 10 * Object.keys(MARKETS).indexOf(market) + index);
    const paths = Array.from({ length: PATHS }, () => wander(random, NAMES, BUCKETS, SECTORS));
    const model = problemOf({ market, basket });
    for (const aversion of Object.keys(AVERSIONS) as Aversion[])
      rows.push(...(await measure({ market, basket }, model, aversion, paths)));
  }
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${RESULTS}/${market}.json`, JSON.stringify(rows));
}
