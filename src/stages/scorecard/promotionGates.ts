import type { Gate } from '../../model/gate.js';
import type { ArmComparison } from '../../model/scorecard.js';
import { COVERAGE } from './bootstrap.js';
import type { CellDrift } from './drift.js';
import type { Experiment } from './experiment.js';
import { MIN_ORDERS } from './trial.js';

/** `validate.gates` of the configuration. */
export interface PromotionLimits {
  readonly q95Improvement: number;
  readonly completionMargin: number;
  readonly driftZ: number;
}

/** A sample ratio less likely than this says that the assignment is broken. */
const SAMPLE_RATIO_P = 0.001;
const BOUND = `${100 * (1 - (1 - COVERAGE) / 2)} %`;

/** Why the gates of a scorecard cannot be asked for at all, as gates. */
export function inapplicableGates(reason: string): Gate[] {
  return ['q95_improvement', 'completion', 'residual_drift', 'sample_ratio'].map((name) => ({
    name,
    verdict: 'not applicable' as const,
    reason,
  }));
}

/**
 * Gates of a promotion on what orders cost (MODEL §7, playbook §8): each is judged on its confidence bound. With several
 * treatments the gates of each carry its name.
 */
export function promotionGates(
  experiment: Experiment | undefined,
  comparisons: readonly ArmComparison[],
  drift: ReadonlyMap<string, readonly CellDrift[]>,
  limits: PromotionLimits,
): Gate[] {
  if (!experiment) return inapplicableGates('the parent orders are not in two arms or more');
  const suffix = (treatment: string) => (experiment.treatments.length > 1 ? `:${treatment}` : '');
  return [
    ...comparisons.flatMap((comparison) => {
      const named = (gate: Gate): Gate => ({ ...gate, name: `${gate.name}${suffix(comparison.treatment)}` });
      const few = tooFew(comparison);
      return [
        named(few ? { name: 'q95_improvement', ...few } : q95Gate(comparison, limits.q95Improvement)),
        named(few ? { name: 'completion', ...few } : completionGate(comparison, limits.completionMargin)),
        named(
          few ? { name: 'residual_drift', ...few } : driftGate(drift.get(comparison.treatment) ?? [], limits.driftZ),
        ),
      ];
    }),
    sampleRatioGate(experiment),
  ];
}

function tooFew({ control, treatment, orders }: ArmComparison): Omit<Gate, 'name'> | undefined {
  const [arm, count] = orders.control < orders.treatment ? [control, orders.control] : [treatment, orders.treatment];
  if (count >= MIN_ORDERS) return undefined;
  return {
    verdict: 'not enough data',
    value: count,
    bound: MIN_ORDERS,
    reason: `the arm "${arm}" has ${count} parent orders, fewer than ${MIN_ORDERS}`,
  };
}

function q95Gate({ control, treatment, q95Improvement: found, power }: ArmComparison, bound: number): Gate {
  const name = 'q95_improvement';
  if (!found)
    return {
      name,
      verdict: 'not enough data',
      bound,
      reason: `the q95 of "${control}" is not positive: there is no share of it to improve`,
    };
  if (found.low === undefined)
    return {
      name,
      verdict: 'not enough data',
      value: found.value,
      bound,
      reason: 'one cluster of orders gives no interval',
    };
  const chance = power ? `; the chance to tell it from none was ${(100 * power.probability).toFixed(0)} %` : '';
  return {
    name,
    verdict: found.low >= bound ? 'passed' : 'failed',
    value: found.value,
    bound,
    ...interval(found.low, found.high!),
    reason: `q95 shortfall of "${treatment}" below that of "${control}", as a share of it, at its lower ${BOUND} bound${chance}`,
  };
}

function completionGate({ control, treatment, completion }: ArmComparison, margin: number): Gate {
  const name = 'completion';
  const { value, low, high } = completion;
  if (low === undefined)
    return {
      name,
      verdict: 'not enough data',
      value,
      bound: -margin,
      reason: 'one cluster of orders gives no interval',
    };
  return {
    name,
    verdict: low >= -margin ? 'passed' : 'failed',
    value,
    bound: -margin,
    ...interval(low, high!),
    reason: `share filled by the deadline, "${treatment}" less "${control}", not worse at its lower ${BOUND} bound`,
  };
}

/** The z-score has a standard error of one. */
function driftGate(cells: readonly CellDrift[], bound: number): Gate {
  const name = 'residual_drift';
  if (cells.length < 2)
    return {
      name,
      verdict: 'not enough data',
      bound,
      reason: `fewer than two regimes with ${MIN_ORDERS} parent orders`,
    };
  const worst = cells.reduce((a, b) => (Math.abs(b.z) > Math.abs(a.z) ? b : a));
  const value = Math.abs(worst.z);
  return {
    name,
    verdict: value <= bound ? 'passed' : 'failed',
    value,
    bound,
    ...interval(Math.max(0, value - 1.645), value + 1.645),
    reason: `largest z-score of a regime's mean residual against the others' (${worst.cell})`,
  };
}

function sampleRatioGate({ sampleRatio, unit }: Experiment): Gate {
  const counts = sampleRatio.arms.map(({ arm, units }) => `${units} in "${arm}"`).join(', ');
  return {
    name: 'sample_ratio',
    verdict: sampleRatio.pValue >= SAMPLE_RATIO_P ? 'passed' : 'failed',
    value: sampleRatio.pValue,
    bound: SAMPLE_RATIO_P,
    reason: `${unit === 'basket' ? 'baskets' : 'parent orders'} by arm as expected (${sampleRatio.test} test): ${counts}`,
  };
}

const interval = (low: number, high: number) => ({ low, high });
