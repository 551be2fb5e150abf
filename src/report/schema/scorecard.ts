import { z } from 'zod';
import { DIMENSIONS } from '../../model/scorecard.js';
import { count, flag, interval, intervalOf, MILLIONS, MOVE, number, numbers, text, texts } from './scalars.js';
import { gate } from './version.js';

/** What parent orders cost. */

const SHORTFALL = `${MOVE} of the arrival notional`;
const COVERAGE = 'bootstrap (intervals.coverage)';

const location = (meaning: string) => interval(meaning, SHORTFALL, COVERAGE);
const part = (meaning: string) => z.number().exactOptional().describe(`${meaning}, ${SHORTFALL}`);

const group = z.strictObject({
  dimension: z.enum(DIMENSIONS).describe('what tells the orders apart'),
  group: text('which of them these are'),
  parents: number('sum of the weights: orders, or for a venue what its shares add up to'),
  notional: number(`at the arrival mid, ${MILLIONS}`),
  shortfall: z
    .strictObject({
      mean: location('mean'),
      median: location('median'),
      q95: location('95 % quantile'),
      q99: location('99 % quantile'),
    })
    .describe('implementation shortfall'),
  notionalMeanBps: number(`mean by notional, ${SHORTFALL}`),
  parts: z
    .strictObject({
      spread: part('what fills paid beyond the mid'),
      self: part('what own fills in the name had moved it by'),
      cross: part('what own fills in other names had moved it by'),
      exogenous: part('what factors had moved it by'),
      residual: part('what is left'),
    })
    .describe('means of the parts that could be told apart; they sum to the mean'),
  completion: number('mean share that was filled by the deadline, 0 to 1'),
  deadlineMisses: number('orders that were not, by weight'),
});

const tested = (meaning: string) =>
  z
    .strictObject({
      ...intervalOf(SHORTFALL, COVERAGE),
      pValue: z.number().exactOptional().describe('probability of as large a difference by chance'),
    })
    .describe(meaning);

const armComparison = z.strictObject({
  control: text('arm that is compared with'),
  treatment: text('arm that is compared'),
  orders: z
    .strictObject({ control: count('in the control'), treatment: count('in the treatment') })
    .describe('orders by arm'),
  mean: tested('difference of means, treatment less control'),
  q95: tested('difference of 95 % quantiles, treatment less control'),
  q95Improvement: interval(
    'by how much of the control’s q95 the treatment’s is lower',
    'share, 0 to 1',
    COVERAGE,
  ).exactOptional(),
  completion: interval('difference of shares filled by the deadline', 'share, 0 to 1', COVERAGE),
  power: z
    .strictObject({
      improvement: number('of the q95 that is to be told from none, as a share'),
      probability: number('of telling it at the size of this sample'),
      ordersForEighty: number('orders in each arm for a probability of 80 %'),
      method: text('how that was computed'),
    })
    .exactOptional()
    .describe('chance of telling an improvement'),
});

const difference = (meaning: string) =>
  z
    .strictObject({
      difference: number(`treatment less control, ${SHORTFALL}`),
      pValue: number('probability of as large a difference by chance'),
      adjusted: number('the same, adjusted by Holm over all groups'),
    })
    .describe(meaning);

const groupComparison = z.strictObject({
  dimension: z.enum(DIMENSIONS).describe('what tells the orders apart'),
  group: text('which of them these are'),
  treatment: text('arm that is compared with the control'),
  mean: difference('of means'),
  q95: difference('of 95 % quantiles'),
});

const experiment = z.strictObject({
  control: text('arm that the others are compared with'),
  treatments: texts('the others, by name'),
  unit: z.enum(['basket', 'parent']).describe('what was assigned to an arm at random'),
  mixedBaskets: z
    .strictObject({ count: count('of them'), examples: texts('some of them') })
    .describe('baskets whose orders are in more than one arm'),
  unassigned: count('orders without an arm'),
  sampleRatio: z
    .strictObject({
      arms: z
        .array(
          z.strictObject({
            arm: text('name'),
            units: count('that it got'),
            expected: number('units that it should have got'),
          }),
        )
        .describe('by arm'),
      test: z.enum(['exact binomial', 'chi-square']).describe('of the assignment'),
      pValue: number('probability of as uneven a ratio by chance'),
    })
    .describe('whether arms got the share that they should have'),
  balance: z
    .array(
      z.strictObject({
        treatment: text('arm'),
        quantity: text('settled before trading'),
        standardisedDifference: number('from the control, in standard deviations'),
        unbalanced: flag('whether arms were not alike in it'),
      }),
    )
    .describe('how arms differ in what was settled before trading'),
});

const issue = z.strictObject({
  issue: text('what was wrong: “xim explain NAME”'),
  meaning: text('what became of the rows'),
  count: count('rows'),
  examples: z
    .array(
      z.strictObject({
        file: text('path below the data folder'),
        row: count('of the file, from 0'),
        value: text('that was found'),
      }),
    )
    .exactOptional()
    .describe('some of them'),
});

const distribution = z.strictObject({
  group: text('arm, or “all” where orders are in no arms'),
  probabilities: numbers('of the quantiles, ascending, 0 to 1'),
  shortfall: numbers(`quantiles, ${SHORTFALL}`),
});

const drift = z.strictObject({
  cell: text('state of the market'),
  orders: count('that arrived in it'),
  difference: number(`mean residual less that of the others, ${SHORTFALL}`),
  z: number('the same in standard errors'),
});

export const scorecard = z.strictObject({
  parents: count('parent orders'),
  days: texts('with orders, YYYY-MM-DD').exactOptional(),
  intervals: z
    .strictObject({
      coverage: number('of bootstrap intervals, 0 to 1'),
      clusteredBy: z.enum(['day', 'basket', 'parent']).describe('what is resampled'),
      clusters: count('of them'),
    })
    .describe('how intervals were made'),
  sizes: z
    .strictObject({
      by: z.enum(['participation', 'notional']).describe('share of daily volume, or millions'),
      edges: numbers('upper ends of the small and the medium third, in that unit'),
    })
    .exactOptional()
    .describe('what a size is measured by'),
  regimeEdges: z
    .strictObject({
      spread: number('mean over names of the spread over its own median'),
      volatility: number('mean squared move over its own average'),
      crowding: number('share of flow in one direction, 0 to 1'),
    })
    .nullable()
    .exactOptional()
    .describe('between low and high; null where no state is known'),
  groups: z.array(group).describe('costs by group'),
  experiment: experiment.nullable().exactOptional().describe('null where orders are not in two arms'),
  comparisons: z.array(armComparison).describe('arms against the control, over all orders'),
  groupComparisons: z.array(groupComparison).exactOptional().describe('the same by group'),
  drift: z
    .record(z.string(), z.array(drift))
    .exactOptional()
    .describe('by treatment: what is left of the cost by state of the market'),
  gates: z.array(gate).exactOptional().describe('conditions of promotion that orders decide'),
  distributions: z.array(distribution).exactOptional().describe('of shortfalls, by arm'),
  issues: z.array(issue).describe('what was wrong with orders and fills'),
  notes: texts('what the reader should know'),
});
