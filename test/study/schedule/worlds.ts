import type { Propagator } from '../../../src/model/roundTrip.js';
import { type DenseMatrix, diagonalOf, mapEntries } from '../../../src/numerics/dense.js';
import { nearestFeasible } from '../../../src/numerics/nearestFeasible.js';
import { type RandomStream, randomStream } from '../../../src/numerics/random.js';
import { withoutLinks } from '../../../src/stages/schedule/costParts.js';
import { URGENCIES } from '../../../src/stages/schedule/frontier.js';
import { viewOf } from '../../../src/stages/schedule/policies.js';
import type { ScheduleProblem } from '../../../src/stages/schedule/problem.js';
import { scheduleMarket } from '../../support/scheduleMarket.js';

export const NAMES = 24;
export const BUCKETS = 78;
export const SECTORS = 4;
/** Of volume: so that a sector's quarter of the day holds the sector. */
const CAP = 0.5;

/** Links of .14 in sectors and .04 between them; three times these; impact that takes four times as long to fade. */
export const MARKETS = { base: {}, strong: { links: 3 }, slow: { slow: 4 } } as const;
export type Market = keyof typeof MARKETS;

/** All bought; in every sector as many bought as sold; two sectors bought and two sold. Name i is in sector i mod 4. */
export const BASKETS = {
  'one-sided': () => 1,
  hedged: (i: number) => (Math.floor(i / SECTORS) % 2 === 0 ? 1 : -1),
  rotation: (i: number) => (i % SECTORS < 2 ? 1 : -1),
} as const;
export type Basket = keyof typeof BASKETS;

/** Times the λ at which risk weighs as much as impact. */
export const AVERSIONS = { zero: 0, ...URGENCIES } as const;
export type Aversion = keyof typeof AVERSIONS;

/** How far what is believed is from what is true. */
export const ERRORS = ['none', 'noise 20 %', 'noise 40 %', 'links half as strong', 'no links'] as const;
export type ModelError = (typeof ERRORS)[number];

export const isNoise = (error: ModelError): boolean => error.startsWith('noise');

export interface World {
  readonly market: Market;
  readonly basket: Basket;
}

/** The model of the market, without risk aversion: of what is true, or believed, or both. */
export const problemOf = ({ market, basket }: World): ScheduleProblem =>
  scheduleMarket({
    names: NAMES,
    buckets: BUCKETS,
    sectors: SECTORS,
    cap: CAP,
    sign: BASKETS[basket],
    ...MARKETS[market],
  });

/** What is true while the model is believed, or while what noise makes of the model is. */
export function truthOf(error: ModelError, model: ScheduleProblem): ScheduleProblem {
  if (error === 'links half as strong') return viewOf('half', model);
  return error === 'no links' ? { ...model, propagator: withoutLinks(model.propagator) } : model;
}

/** Estimates of the model: one for every draw of noise, the model itself where there is none. */
export function beliefsOf(error: ModelError, model: ScheduleProblem, draws: number): ScheduleProblem[] {
  if (!isNoise(error)) return [model];
  const size = error === 'noise 20 %' ? 0.2 : 0.4;
  return Array.from({ length: draws }, (_, draw) => ({
    ...model,
    propagator: noisy(model.propagator, size, randomStream(100 + draw)),
  }));
}

/** Every link of every part off by so much of itself, and the nearest semidefinite matrices of the same self impact. */
const noisy = (propagator: Propagator, size: number, random: RandomStream): Propagator => ({
  ...propagator,
  matrices: propagator.matrices.map((matrix) => {
    const off = mapEntries(matrix, () => 1 + size * random.normal());
    const upper = (i: number, j: number) => off.data[Math.min(i, j) * NAMES + Math.max(i, j)];
    return nearestOfItsDiagonal(mapEntries(matrix, (value, i, j) => (i === j ? value : value * upper(i, j))));
  }),
});

const nearestOfItsDiagonal = (matrix: DenseMatrix): DenseMatrix =>
  nearestFeasible(matrix, { bound: 1, diagonal: diagonalOf(matrix) }).matrix;
