import { logGamma } from '../../numerics/distributions.js';
import { exp, pow, squared } from '../../numerics/elementary/elementary.js';
import { quantile } from '../../numerics/statistics.js';
import type { ParentCost } from './shortfall.js';

/** How orders hang together in their baskets. */
export interface BasketClustering {
  readonly baskets: number;
  /** Mean number of orders in a basket. */
  readonly size: number;
  /** m of the design effect: orders in the basket of an order, on average. */
  readonly met: number;
  /** Intraclass correlation of an order being among the dearest 5 %: what the error of a q95 is made of. */
  readonly icc: number;
}

/** Orders of one experiment that are dearer than this share of all. */
const QUANTILE = 0.95;
/** Fewer baskets of two orders or more say nothing of how they hang together. */
const MIN_BASKETS = 20;

/** By analysis of variance, baskets of different sizes; `undefined` where there are too few of two orders or more. */
export function basketClustering(costs: readonly ParentCost[]): BasketClustering | undefined {
  const dear = quantile(
    costs.map(({ totalBps }) => totalBps),
    QUANTILE,
  );
  const groups = new Map<string, number[]>();
  for (const { date, basket, totalBps } of costs) {
    if (basket === undefined) continue;
    const key = `${date}/${basket}`;
    const group = groups.get(key);
    const above = totalBps > dear ? 1 : 0;
    if (group) group.push(above);
    else groups.set(key, [above]);
  }
  const clusters = [...groups.values()];
  if (clusters.filter((own) => own.length > 1).length < MIN_BASKETS) return undefined;
  const orders = clusters.reduce((sum, own) => sum + own.length, 0);
  const met = clusters.reduce((sum, own) => sum + squared(own.length), 0) / orders;
  return { baskets: clusters.length, size: orders / clusters.length, met, icc: intraclass(clusters, orders, met) };
}

/** `(MSB − MSW) / (MSB + (m₀ − 1) MSW)`, m₀ the size that unequal baskets are worth; at least zero. */
function intraclass(clusters: readonly (readonly number[])[], orders: number, met: number): number {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const mean = sum(clusters.flat()) / orders;
  let [between, within] = [0, 0];
  for (const own of clusters) {
    const centre = sum(own) / own.length;
    between += own.length * squared(centre - mean);
    within += sum(own.map((value) => squared(value - centre)));
  }
  const even = (orders - met) / (clusters.length - 1);
  const [msb, msw] = [between / (clusters.length - 1), within / Math.max(1, orders - clusters.length)];
  const whole = msb + (even - 1) * msw;
  return whole > 0 ? Math.min(1, Math.max(0, (msb - msw) / whole)) : 0;
}

/** Shapes of shortfall that a plan is made for: a normal one, and one with the tails of Student's t of 4 degrees. */
export const PLANNED_SHAPES = ['normal', 't4'] as const;
export type PlannedShape = (typeof PLANNED_SHAPES)[number];

/** q95 and the density there. */
const TAILS: Readonly<Record<PlannedShape, { readonly q95: number; readonly density: number }>> = {
  normal: tail(1.6448536269514722, (x) => exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)),
  t4: tail(2.1318467863266495, (x) => studentDensity(x, 4)),
};

function tail(q95: number, density: (x: number) => number) {
  return { q95, density: density(q95) };
}

function studentDensity(x: number, degrees: number): number {
  const scale = exp(logGamma((degrees + 1) / 2) - logGamma(degrees / 2)) / Math.sqrt(degrees * Math.PI);
  return scale * pow(1 + (x * x) / degrees, -(degrees + 1) / 2);
}

export const PLANNED_EFFECTS = [0.04, 0.06, 0.08, 0.1, 0.12, 0.16, 0.2] as const;
/** Power, and its standard normal quantile. */
const POWERS = [
  { power: 0.8, z: 0.8416212335729143 },
  { power: 0.9, z: 1.2815515655446004 },
] as const;
/** One-sided 5 %. */
const Z_ALPHA = 1.6448536269514722;

export interface PlannedArm {
  /** Share of the q95 that the treatment takes off. */
  readonly effect: number;
  readonly power: number;
  readonly shape: PlannedShape;
  /** Independent orders in each arm. */
  readonly orders: number;
  /** Baskets in each arm, randomised as wholes. */
  readonly baskets: number;
}

export interface BasketPlan {
  /** m and the mean size of a basket, and ICC. */
  readonly clustering: Omit<BasketClustering, 'baskets'>;
  readonly designEffect: number;
  readonly arms: readonly PlannedArm[];
}

/** `1 + (m − 1)·ICC`. */
export const designEffect = ({ met, icc }: Pick<BasketClustering, 'met' | 'icc'>): number => 1 + (met - 1) * icc;

/** `2[√(p(1−p))/f(q95)·(z_α+z_β)/(δ q95)]²` independent orders in each arm (MODEL §7b). */
export function ordersPerArm(effect: number, shape: PlannedShape, zPower: number): number {
  const { q95, density } = TAILS[shape];
  const error = Math.sqrt(QUANTILE * (1 - QUANTILE)) / density;
  return 2 * squared((error * (Z_ALPHA + zPower)) / (effect * q95));
}

/** An experiment on the q95 of shortfall in which baskets are randomised, blocked by day. */
export function basketPlan(clustering: BasketPlan['clustering']): BasketPlan {
  const each = designEffect(clustering);
  const arms = PLANNED_SHAPES.flatMap((shape) =>
    POWERS.flatMap(({ power, z }) =>
      PLANNED_EFFECTS.map((effect) => {
        const orders = ordersPerArm(effect, shape, z);
        return {
          effect,
          power,
          shape,
          orders: Math.round(orders),
          baskets: Math.ceil((orders * each) / clustering.size),
        };
      }),
    ),
  );
  return { clustering, designEffect: each, arms };
}
