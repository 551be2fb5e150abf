import { z } from 'zod';
import { autoOr, days, duration, share } from './scalars.js';

const namePair = z.tuple([z.string(), z.string()]);
const tau = z.union([duration, z.literal('temporary'), z.literal('permanent')]);
export const fit = z
  .strictObject({
    window: days.default('20d').describe('trading days present, ending at the date'),
    half_life: z
      .union([z.literal('none'), days])
      .default('none')
      .describe('age at which a day counts half'),
    fold: duration.default('15m').describe('length of a fold when the window has too few days for one fold a day'),
    estimator: z
      .enum(['symmetric', 'rowwise', 'diagonal', 'block', 'ols', 'kyle', 'eigenliquidity'])
      .default('symmetric')
      .describe('how the impact matrix is estimated'),
    weights: z
      .enum(['full', 'diagonal'])
      .default('full')
      .describe('how residuals weigh names: by the inverse of their whole covariance, or of their variances alone'),
    kernel: z
      .strictObject({
        form: z
          .enum(['auto', 'scalar', 'modes', 'matrix'])
          .default('auto')
          .describe(
            'one decay curve for all links, decay of its own for market and blocks, or a matrix per time constant; auto: modes where the cost of worked orders in baskets asks for them, else scalar',
          ),
        tau: z
          .union([z.literal('auto'), z.array(tau).min(1)])
          .default('auto')
          .describe(
            'time constants of the decay, ascending, from temporary to permanent; auto: chosen from a grid up to a quarter of the session',
          ),
        concave: z
          .union([
            z.literal('auto'),
            z.literal('none'),
            z.strictObject({
              c: z.number().gt(0).max(1).default(0.4).describe('power of large flow'),
              scale: z
                .number()
                .gt(0)
                .default(0.5)
                .describe('where impact bends, over the typical flow of a bucket in which a name trades'),
              tau: z.array(duration).min(1).optional().describe('time constants; 1, 5, 30 and 100 buckets if left out'),
              links: z
                .enum(['linear', 'concave'])
                .default('linear')
                .describe('links by a line beside a linear part of self impact, or concave as modes of names'),
            }),
          ])
          .default('auto')
          .describe(
            'self impact that is concave after its decay, which a certificate can pass; auto: where folds ahead are predicted better by it',
          ),
      })
      .prefault({})
      .describe('how impact decays'),
    penalty: z
      .strictObject({
        kind: z
          .enum(['ridge', 'elastic_net'])
          .default('ridge')
          .describe('penalty on links, towards the shrinkage target'),
        lambda: autoOr(z.number().min(0))
          .default('auto')
          .describe('strength relative to the mean eigenvalue of the flow; auto: cross-validated'),
        l1_ratio: share
          .default(0.5)
          .describe(
            'elastic_net: share of the penalty that is an l1 norm, relative to the smallest that removes all links',
          ),
      })
      .prefault({})
      .describe('penalty on the off-diagonals; self impact is free'),
    shrinkage: z
      .strictObject({
        target: z
          .enum(['blocks', 'clusters', 'none'])
          .default('blocks')
          .describe(
            'what links are drawn to: the mean of their blocks, of clusters found in the residual moves, or zero',
          ),
        intensity: autoOr(share).default('auto').describe('how far; auto: from the errors by fold'),
      })
      .prefault({})
      .describe('block shrinkage'),
    tail: z
      .strictObject({
        t_min: z
          .number()
          .min(0)
          .default(2)
          .describe('a link with a smaller t-value goes to its target or to zero, whichever it is compatible with'),
        apply: z
          .enum(['auto', 'always'])
          .default('auto')
          .describe('auto: only where held-out folds do not lose by it; always: whatever they say'),
        sign_stability: share.default(0.6).describe('share of folds that must agree on a link’s sign'),
      })
      .prefault({})
      .describe('weak links'),
    turnover: z
      .number()
      .min(0)
      .default(0)
      .describe('ridge of the links towards the champion of the store, on the scale of lambda; 0: none'),
    links: z
      .strictObject({
        zero: z.array(namePair).default([]).describe('links fixed to zero: [[A, B], …]'),
        equal: z
          .array(z.array(namePair).min(2))
          .default([])
          .describe('groups of links with one value, in the unit of K: [[[A, B], [C, D]], …]'),
      })
      .prefault({})
      .describe('links that are known beforehand'),
  })
  .describe('moments to an unconstrained model');
