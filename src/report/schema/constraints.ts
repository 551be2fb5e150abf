import { z } from 'zod';
import { count, flag, MILLIONS, matrix, number, numbers, text, texts } from './scalars.js';

/** What constraints made of a matrix: certificate, projection, guardrail values. */

const witness = z.strictObject({
  symbols: texts('names that are traded'),
  trades: z
    .array(
      z.strictObject({
        bucket: count('bucket of the trade, from 0'),
        millions: numbers(`bought (+) and sold (−) by symbol, ${MILLIONS}`),
      }),
    )
    .describe('the round trip, which ends flat'),
  turnoverMillions: number(`bought and sold together, ${MILLIONS}`),
  gainBps: number('what it earns, bps of what is traded'),
  gain: number('what it earns, units of the reporting currency'),
});

const check = z.strictObject({
  name: text('what is compared: “xim explain NAME”'),
  value: number('computed from the published numbers, on K normalised by self impact unless the check says otherwise'),
  bound: number('limit of the value, in its unit'),
  sense: z.enum(['atLeast', 'atMost']).describe('side of the bound on which the value must lie'),
  passed: flag('whether it does, up to rounding'),
});

export const certificate = z.strictObject({
  status: z.enum(['passed', 'failed', 'withheld']).describe('withheld: flow is concave before its decay'),
  checks: z.array(check).describe('every constraint, computed anew'),
  witness: witness.nullable().describe('a round trip that is paid; null where none was found'),
});

const LINKS = 'K_ij / √(K_ii K_jj), N×N row by row in the order of names, no unit';

export const constraintFields = {
  normalised: z
    .strictObject({
      raw: matrix(`as estimated: ${LINKS}`),
      shrunk: matrix(`after shrinkage: ${LINKS}`),
      final: matrix(`as published: ${LINKS}`),
      change: matrix(`published less that of the champion: ${LINKS}`)
        .nullable()
        .describe(`published less that of the champion, ${LINKS}; null where no champion is an input`),
    })
    .describe('normalised impact'),
  spectrum: z
    .strictObject({
      before: numbers('of the matrix that was projected, ascending'),
      after: numbers('of the published matrix, ascending'),
    })
    .describe('eigenvalues of normalised K, no unit'),
  projection: z
    .strictObject({
      metric: text('in which the nearest matrix was sought: frobenius or prediction'),
      status: text('how the solver ended'),
      distance: number('of the published matrix from the estimate, in the metric, normalised'),
      dualityGap: number('how far from nearest it is at most, in the square of the metric'),
      iterations: count('of the solver'),
      floored: texts('symbols whose self impact was raised to its floor'),
    })
    .describe('how the nearest admissible matrix was found'),
  certificate: certificate.describe('of the published matrix'),
  certificateBefore: certificate.describe('of the matrix that was projected'),
  guardrails: z
    .strictObject({
      conditionNumber: z
        .number()
        .nullable()
        .describe('largest over smallest eigenvalue of normalised K; null where the smallest is not positive'),
      crossShare: z
        .number()
        .nullable()
        .describe('share of the predicted cost of the window’s flow that comes from links; null without flow'),
      basketNorm: number('most that links multiply the self cost of any basket by, no unit'),
      basketCap: z
        .number()
        .optional()
        .describe('what live systems compare it with where guardrails.basket_cap is auto, no unit'),
    })
    .describe('health of the published matrix'),
};
