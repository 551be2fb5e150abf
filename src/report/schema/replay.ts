import { z } from 'zod';
import { GUARDRAILS, LEVELS } from '../../model/guardrails.js';
import { REPLAY_VERDICTS, REPLAYED_AGAINST } from '../../model/scheduleReplay.js';
import { count, date, flag, interval, MILLIONS, MOVE, number, text, texts } from './scalars.js';

/** What would have been: schedules worked anew, guardrails over days that have passed. */

const SAVING = `${MOVE} of what was traded`;

const baskets = z.strictObject({
  found: count('in the window'),
  replayed: count('worked anew'),
  notDrawn: count('left out by a cap, drawn by a seed'),
  oneName: count('of one name'),
  unfinished: count('of those replayed: for the part that was filled'),
  unfilled: count('without a fill'),
  halted: count('with a name that was halted'),
  acrossSessions: count('over more than one session'),
  twoSided: count('with a name both bought and sold'),
  tooShort: count('of fewer than two buckets'),
});

const comparison = z.strictObject({
  against: z.enum(REPLAYED_AGAINST).describe('what the cross-aware schedule is compared with'),
  verdict: z.enum(REPLAY_VERDICTS).describe('whether a saving is beyond doubt'),
  saving: z
    .strictObject({
      raw: interval('by held-out days, without shrinkage', SAVING, '95 %'),
      diagonal: interval('by names alone', SAVING, '95 %'),
      kyle: interval('by Kyle’s matrix', SAVING, '95 %'),
    })
    .describe('positive where the cross-aware schedule is cheaper'),
  share: z
    .number()
    .optional()
    .describe('of the impact cost of the other schedule, by held-out raw; absent where not positive'),
  promised: number(`what its own model says, ${SAVING}`),
  timing: interval('paid because of when it trades', SAVING, '95 %').optional(),
  isTimed: flag('whether the 95 % interval of timing leaves out zero'),
  risk: number('standard deviation of prices while it waits, over that of the other schedule'),
  needed: z.number().optional().describe('baskets for a bound above zero at 80 % power; absent where nothing is saved'),
  reasons: texts('why it is not established; empty where it is'),
});

export const scheduleReplay = z.union([
  z.strictObject({
    baskets: baskets.describe('how they were counted'),
    days: count('with baskets'),
    groups: count('of days that are left out together'),
    millions: number(`traded by the replayed baskets, ${MILLIONS}`),
    comparisons: z.array(comparison).describe('of schedules'),
    slope: interval(
      'realised shortfall on predicted cross cost',
      'no unit; 1 where links are as predicted',
      '95 %',
    ).optional(),
    notes: texts('what the reader should know'),
  }),
  z.strictObject({
    notApplicable: text('why nothing was replayed'),
    baskets: baskets.optional().describe('how they were counted'),
  }),
]);

const fallback = {
  buckets: count('over which the two are compared'),
  moves: count('that were there to be predicted'),
  squaredErrorFull: number('sum of squared errors of the full model, in residual variances'),
  squaredErrorFallback: number('the same of the fallback'),
  moneyFull: number('predicted cost of the flow by the full model, units of the reporting currency'),
  moneyFallback: number('the same by the fallback'),
};

const level = z.enum(LEVELS);

export const guardrailHistory = z.strictObject({
  bucketMs: number('length of a bucket, milliseconds'),
  segments: z
    .array(
      z.strictObject({
        date: date('trading day'),
        fromBucket: count('first bucket, from 0'),
        toBucket: count('first bucket after it'),
        state: level.describe('level in force: “xim explain LEVEL”'),
        reasons: z.array(z.enum([...GUARDRAILS, 'recovery'])).describe('guardrails that asked for it'),
      }),
    )
    .describe('stretches of one level'),
  guardrails: z
    .array(
      z.strictObject({
        guardrail: z.enum(GUARDRAILS).describe('which: “xim explain NAME”'),
        fired: count('times that it tripped'),
        demands: level.describe('level that it asks for'),
        longest: count('longest time active at a stretch, buckets'),
        ...fallback,
      }),
    )
    .describe('by guardrail, over the buckets in which it was active'),
  totals: z
    .strictObject({
      buckets: count('looked at'),
      inState: z
        .strictObject({
          full: count('all links'),
          crossFrozen: count('links held'),
          blockDiagonal: count('links inside blocks'),
          diagonal: count('self impact alone'),
        })
        .describe('buckets by level'),
      belowFull: z.strictObject(fallback).describe('level in force against the full model, below full'),
      blocksScoredAs: z
        .enum(['blocks', 'own flow'])
        .describe('how blocks were scored where no prediction of theirs was given'),
    })
    .describe('over all days'),
});
