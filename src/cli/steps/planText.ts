import {
  type BasketPlan,
  PLANNED_EFFECTS,
  PLANNED_SHAPES,
  type PlannedArm,
  type PlannedShape,
} from '../../stages/scorecard/basketPlan.js';
import { textTable } from '../text.js';

const SHAPES: Readonly<Record<PlannedShape, string>> = { normal: 'normal', t4: 'tails of t(4)' };

/** How many baskets an experiment needs, and what its gate would say. */
export function planText({ clustering, designEffect, arms }: BasketPlan, source: string, bound: number): string {
  const { size, met, icc } = clustering;
  const columns = PLANNED_SHAPES.flatMap((shape) => [0.8, 0.9].map((power) => ({ shape, power })));
  const of = (effect: number, { shape, power }: { shape: PlannedShape; power: number }): PlannedArm =>
    arms.find((arm) => arm.effect === effect && arm.shape === shape && arm.power === power)!;
  const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;
  return [
    'Randomise baskets, blocked by day: orders of a basket move one another’s prices.',
    `m = ${size.toFixed(2)} orders a basket (${met.toFixed(2)} as an order meets them), ICC = ${icc.toFixed(3)}: ${source}`,
    `design effect 1 + (m − 1)·ICC = ${designEffect.toFixed(3)}`,
    '',
    textTable(
      ['q95 better by', ...columns.map(({ shape, power }) => `${SHAPES[shape]}, power ${percent(power)}`)],
      PLANNED_EFFECTS.map((effect) => [
        percent(effect),
        ...columns.map((column) => {
          const { baskets, orders } = of(effect, column);
          return `${baskets} baskets (${orders} independent orders)`;
        }),
      ]),
    ),
    'per arm, one-sided 5 %',
    `A gate “lower bound ≥ ${percent(bound)}” passes 5 % of the time when the truth is ${percent(bound)}, whatever the number of baskets: plan for the effect, gate on the bound.`,
  ].join('\n');
}
