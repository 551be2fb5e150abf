import { dataError } from '../../model/failure.js';
import { binomialTest, chiSquareTail } from '../../numerics/distributions.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { mean } from '../../numerics/statistics.js';
import type { ParentCost } from './shortfall.js';

/** Who was compared with whom, and what was randomised. */
export interface Experiment {
  readonly control: string;
  /** By name. */
  readonly treatments: readonly string[];
  /** What was assigned to an arm at random: whole baskets where none has two arms, parent orders otherwise. */
  readonly unit: 'basket' | 'parent';
  /** Baskets whose orders are in more than one arm. */
  readonly mixedBaskets: { readonly count: number; readonly examples: readonly string[] };
  /** Orders without an arm: they are in no comparison. */
  readonly unassigned: number;
  readonly sampleRatio: SampleRatio;
  readonly balance: readonly Balance[];
}

export interface ArmSettings {
  /** Name of the control; `auto`: "control" where there is such an arm, else the first by name. */
  readonly control: string;
  /** By arm, the share of units that it should get, to any scale; all alike where empty. */
  readonly split: Readonly<Record<string, number>>;
}

/** Whether the arms got the share of units that they should have. */
export interface SampleRatio {
  readonly arms: readonly { readonly arm: string; readonly units: number; readonly expected: number }[];
  readonly test: 'exact binomial' | 'chi-square';
  readonly pValue: number;
}

/** How an arm's orders differ from the control's in what was settled before they were traded. */
export interface Balance {
  readonly treatment: string;
  readonly quantity: BalanceQuantity;
  /** Difference of means over the root of the mean variance. */
  readonly standardisedDifference: number;
  /** Beyond 0.1, and beyond three of its standard errors. */
  readonly unbalanced: boolean;
}

const BALANCED = ['notional', 'side', 'participation', 'arrivalSpreadBps'] as const;
type BalanceQuantity = (typeof BALANCED)[number];
const EXAMPLES = 3;

/** `undefined` where fewer than two arms have orders. @throws data error when the control that is named has none. */
export function experimentOf(costs: readonly ParentCost[], settings: ArmSettings): Experiment | undefined {
  const arms = [...new Set(costs.flatMap(({ arm }) => arm ?? []))].sort();
  if (arms.length < 2) return undefined;
  const control = controlOf(arms, settings.control);
  const { unit, mixed } = randomisation(costs);
  return {
    control,
    treatments: arms.filter((arm) => arm !== control),
    unit,
    mixedBaskets: { count: mixed.length, examples: mixed.slice(0, EXAMPLES) },
    unassigned: costs.filter(({ arm }) => arm === undefined).length,
    sampleRatio: sampleRatio(costs, arms, unit, settings.split),
    balance: arms.filter((arm) => arm !== control).flatMap((arm) => balanceOf(costs, control, arm)),
  };
}

function controlOf(arms: readonly string[], named: string): string {
  if (named === 'auto') return arms.includes('control') ? 'control' : arms[0];
  if (arms.includes(named)) return named;
  throw dataError(
    `validate.arms.control: no parent order is in the arm "${named}"; there are ${arms.join(', ')}`,
    'name one of them, or set it to auto',
  );
}

/** Key of the unit that an order was randomised with. */
export function unitKey({ date, basket, id }: ParentCost, unit: Experiment['unit']): string {
  return unit === 'basket' && basket !== undefined ? `${date}/basket ${basket}` : `${date}/parent ${id}`;
}

/** Baskets were randomised as a whole if some have several orders and none has two arms. */
function randomisation(costs: readonly ParentCost[]): { unit: Experiment['unit']; mixed: string[] } {
  const baskets = new Map<string, { label: string; arms: Set<string>; orders: number }>();
  for (const { date, basket, arm } of costs) {
    if (basket === undefined || arm === undefined) continue;
    const label = `${basket} of ${date}`;
    const entry = baskets.get(label) ?? { label, arms: new Set(), orders: 0 };
    baskets.set(label, entry);
    entry.arms.add(arm);
    entry.orders++;
  }
  const all = [...baskets.values()];
  const mixed = all.filter(({ arms }) => arms.size > 1).map(({ label }) => label);
  return { unit: mixed.length === 0 && all.some(({ orders }) => orders > 1) ? 'basket' : 'parent', mixed };
}

function sampleRatio(
  costs: readonly ParentCost[],
  arms: readonly string[],
  unit: Experiment['unit'],
  split: Readonly<Record<string, number>>,
): SampleRatio {
  const units = arms.map((arm) => new Set(costs.filter((c) => c.arm === arm).map((c) => unitKey(c, unit))).size);
  const shares = expectedShares(arms, split);
  const whole = units.reduce((sum, count) => sum + count, 0);
  const expected = shares.map((share) => share * whole);
  const statistic = units.reduce((sum, count, k) => sum + squared(count - expected[k]) / expected[k], 0);
  const two = arms.length === 2;
  return {
    arms: arms.map((arm, k) => ({ arm, units: units[k], expected: expected[k] })),
    test: two ? 'exact binomial' : 'chi-square',
    pValue: two ? binomialTest(units[0], whole, shares[0]) : chiSquareTail(statistic, arms.length - 1),
  };
}

/** @throws data error when a split is given that leaves an arm out. */
function expectedShares(arms: readonly string[], split: Readonly<Record<string, number>>): number[] {
  if (Object.keys(split).length === 0) return arms.map(() => 1 / arms.length);
  const missing = arms.find((arm) => split[arm] === undefined);
  if (missing !== undefined)
    throw dataError(`validate.arms.split has no share for the arm "${missing}"`, 'give every arm its share');
  const whole = arms.reduce((sum, arm) => sum + split[arm], 0);
  return arms.map((arm) => split[arm] / whole);
}

function balanceOf(costs: readonly ParentCost[], control: string, treatment: string): Balance[] {
  return BALANCED.flatMap((quantity) => {
    const valuesOf = (arm: string) =>
      costs.filter((cost) => cost.arm === arm && Number.isFinite(cost[quantity])).map((cost) => cost[quantity]);
    const [before, after] = [valuesOf(control), valuesOf(treatment)];
    if (before.length < 2 || after.length < 2) return [];
    const difference = mean(after) - mean(before);
    const scale = Math.sqrt((variance(before) + variance(after)) / 2);
    const standardised = scale > 0 ? difference / scale : 0;
    const error = Math.sqrt(1 / before.length + 1 / after.length);
    const unbalanced = Math.abs(standardised) > Math.max(0.1, 3 * error);
    return [{ treatment, quantity, standardisedDifference: standardised, unbalanced }];
  });
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + squared(value - centre), 0) / (values.length - 1);
}
