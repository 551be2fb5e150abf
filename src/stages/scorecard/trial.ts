import { type Experiment, unitKey } from './experiment.js';
import type { Trial } from './permutation.js';
import type { ParentCost } from './shortfall.js';

/** With fewer orders an arm is not judged. */
export const MIN_ORDERS = 30;

export interface ArmPair {
  readonly control: string;
  readonly treatment: string;
}

export const isOf = ({ arm }: ParentCost, { control, treatment }: ArmPair): boolean =>
  arm === control || arm === treatment;

/** Strata are days where every day has both arms, and otherwise all orders together. */
export function trialOf(
  costs: readonly ParentCost[],
  members: readonly number[],
  { treatment }: ArmPair,
  { unit }: Experiment,
): Trial {
  const sorted = [...members].sort((a, b) => costs[a].totalBps - costs[b].totalBps);
  // Units in an order of their own, so that a seed shuffles alike whatever the order of the rows.
  const keys = [...new Set(sorted.map((k) => unitKey(costs[k], unit)))].sort();
  const position = new Map(keys.map((key, u) => [key, u]));
  const unitOf = Int32Array.from(sorted, (k) => position.get(unitKey(costs[k], unit))!);
  const treated = new Uint8Array(keys.length);
  const days: string[] = new Array(keys.length);
  sorted.forEach((k, at) => {
    treated[unitOf[at]] = costs[k].arm === treatment ? 1 : 0;
    days[unitOf[at]] = costs[k].date;
  });
  return {
    values: Float64Array.from(sorted, (k) => costs[k].totalBps),
    unit: unitOf,
    treated,
    stratum: strata(days, treated),
  };
}

function strata(days: readonly string[], treated: Uint8Array): Int32Array {
  const names = [...new Set(days)].sort();
  const arms = names.map(() => new Set<number>());
  const stratum = Int32Array.from(days, (day) => names.indexOf(day));
  stratum.forEach((s, u) => {
    arms[s].add(treated[u]);
  });
  return arms.every((set) => set.size === 2) ? stratum : new Int32Array(days.length);
}
