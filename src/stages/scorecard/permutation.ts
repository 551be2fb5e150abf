import type { RandomStream } from '../../numerics/random.js';
import { quantilesOf } from './distribution.js';

/** Orders of two arms, by the unit that was randomised. Units of one stratum may be exchanged. */
export interface Trial {
  /** Ascending. */
  readonly values: Float64Array;
  /** Unit of each value. */
  readonly unit: Int32Array;
  /** By unit: 1 for the treatment, 0 for the control. */
  readonly treated: Uint8Array;
  readonly stratum: Int32Array;
}

export interface ArmDifference {
  readonly mean: number;
  readonly q95: number;
}

/** Treatment less control, whichever units are treated; `undefined` where an arm has no orders. */
export type ArmDifferences = (treated: ArrayLike<number>) => ArmDifference | undefined;

/** Of a trial whose arms are shuffled thousands of times: who is in which arm is written to one place. */
export function armDifferences({ values, unit }: Trial): ArmDifferences {
  const [inTreatment, inControl] = [new Uint8Array(unit.length), new Uint8Array(unit.length)];
  const q95 = (members: Uint8Array, size: number) => quantilesOf(values, members, size, [0.95])[0];
  return (treated) => {
    let [sum, count, whole] = [0, 0, 0];
    for (let k = 0; k < values.length; k++) {
      inTreatment[k] = treated[unit[k]];
      inControl[k] = 1 - inTreatment[k];
      whole += values[k];
      if (inTreatment[k] === 0) continue;
      sum += values[k];
      count++;
    }
    const others = values.length - count;
    if (count === 0 || others === 0) return undefined;
    return { mean: sum / count - (whole - sum) / others, q95: q95(inTreatment, count) - q95(inControl, others) };
  };
}

/**
 * Two-sided p-values by random reassignment of the arms to units within strata. The assignment that was observed counts
 * as one of them, so that a p-value is never zero and never too small (Phipson and Smyth 2010).
 */
export function permutationTest(trial: Trial, permutations: number, random: RandomStream): ArmDifference | undefined {
  const difference = armDifferences(trial);
  const observed = difference(trial.treated);
  if (!observed) return undefined;
  const members = unitsByStratum(trial);
  const treated = trial.treated.slice();
  const asLarge = { mean: 1, q95: 1 };
  for (let r = 0; r < permutations; r++) {
    for (const units of members) shuffle(treated, units, random);
    const other = difference(treated);
    // Sums in another order differ in their last digits.
    const reaches = (key: keyof ArmDifference) =>
      other !== undefined && Math.abs(other[key]) >= Math.abs(observed[key]) * (1 - 1e-12);
    if (reaches('mean')) asLarge.mean++;
    if (reaches('q95')) asLarge.q95++;
  }
  return { mean: asLarge.mean / (permutations + 1), q95: asLarge.q95 / (permutations + 1) };
}

function unitsByStratum({ stratum }: Trial): number[][] {
  const members = new Map<number, number[]>();
  stratum.forEach((s, unit) => {
    const list = members.get(s);
    if (list) list.push(unit);
    else members.set(s, [unit]);
  });
  return [...members.values()];
}

/** Fisher and Yates, over the places that `units` names. */
function shuffle(labels: Uint8Array, units: readonly number[], random: RandomStream): void {
  for (let k = units.length - 1; k > 0; k--) {
    const other = random.integer(k + 1);
    [labels[units[k]], labels[units[other]]] = [labels[units[other]], labels[units[k]]];
  }
}

/** Holm's (1979) step-down adjustment for testing all of them together; in the order given. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, k) => k).sort((a, b) => pValues[a] - pValues[b]);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach((k, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[k]));
    adjusted[k] = largest;
  });
  return adjusted;
}
