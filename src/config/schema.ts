import { z } from 'zod';
import { isTimezone } from '../model/calendar.js';
import { FAILURE_MODES } from '../model/diagnosis.js';
import { ODD_GATES } from '../model/oddImpact.js';
import { MOVE_UNITS } from '../model/units.js';
import { data } from './dataSection.js';
import { fit } from './fitSection.js';
import { autoOr, clockOffset, date, duration, endOfSession, positive, share, timeOfDay } from './scalars.js';

/** The configuration: one schema gives the types, the messages, the defaults and the published JSON Schema. */

const [BAD_TICK, MAX_SPREAD] = [0.05, 1];

const session = z.tuple([timeOfDay, endOfSession]);

const calendar = z
  .strictObject({
    timezone: z
      .string()
      .refine(isTimezone, { message: 'is not a time zone such as America/New_York' })
      .default('America/New_York')
      .describe('IANA time zone of the venue; dates and sessions are local to it'),
    sessions: z
      .array(session)
      .min(1)
      .default([['09:30', '16:00']])
      .describe(
        'trading sessions of a day, to 24:00; one that starts after it ends begins on the evening before its date; nothing is carried from one to the next',
      ),
    overrides: z
      .record(date, z.array(session))
      .default({})
      .describe('by date: its sessions instead of the usual ones, such as an early close; an empty list: closed'),
  })
  .describe('when the venue trades');

/** Shares of a mid that may be zero say nothing; what is told from the spreads of the day has no setting. */
function refuseSharesOfMids(
  align: { readonly units: string; readonly bad_tick: number; readonly max_spread: number },
  context: z.RefinementCtx,
): void {
  if (align.units !== 'price') return;
  const usual = { bad_tick: BAD_TICK, max_spread: MAX_SPREAD };
  for (const key of ['bad_tick', 'max_spread'] as const)
    if (align[key] !== usual[key])
      context.addIssue({
        code: 'custom',
        path: [key],
        message: 'is a share of the mid, which means nothing under align.units: price; leave it out',
      });
}

const flow = z
  .strictObject({
    source: z
      .enum(['fills', 'trades'])
      .default('fills')
      .describe('whose signed flow explains the moves: own fills or the market tape'),
    concavity: autoOr(z.number().gt(0).max(1))
      .default(1)
      .describe('exponent c of sign(u)|u|^c, or auto: cross-validated; below 1 the certificate is withheld'),
    liquidity: autoOr(share)
      .default('auto')
      .describe(
        'exponent γ of u·(D̄/D)^γ: how far flow counts for more while the book is thinner than usual; 0 not at all, auto: what predicts folds ahead best',
      ),
  })
  .describe('the flow that drives the fit');

const align = z
  .strictObject({
    bucket: duration.default('1s').describe('width of a bucket, 250ms to 60s'),
    max_stale: duration.default('30s').describe('a quote older than this makes the move missing'),
    max_quarantine: share
      .default(0.02)
      .describe('largest share of defective rows inside the sessions; above it the run fails'),
    locked: z.enum(['keep', 'quarantine']).default('keep').describe('what to do with quotes whose bid equals the ask'),
    out_of_order: z
      .enum(['quarantine', 'sort'])
      .default('quarantine')
      .describe('what to do with rows that go back in time within their file'),
    bad_tick: positive
      .default(BAD_TICK)
      .describe('a single quote further away than this share, undone by the next, is a bad tick'),
    max_spread: positive
      .max(2)
      .default(MAX_SPREAD)
      .describe('a wider quote, as a share of the mid, is a placeholder for a book without one side; 2 takes any'),
    clock_offsets: z
      .record(z.string(), z.union([clockOffset, z.record(date, clockOffset)]))
      .default({})
      .describe('by venue: how far its clock runs ahead, always or by date'),
    markouts: z.array(duration).default(['1s', '5s', '30s', '5m']).describe('horizons of the markouts'),
    units: z
      .enum(MOVE_UNITS)
      .default('bps')
      .describe('of moves, for all names: bps, or price points where prices may be zero or below'),
  })
  .superRefine(refuseSharesOfMids)
  .describe('raw events to synchronised buckets');

const defactor = z
  .strictObject({
    factors: z
      .enum(['given', 'none', 'derived'])
      .default('given')
      .describe('factor moves from the data, none, or leave-one-out means of the names'),
    residualize: z
      .enum(['both', 'returns'])
      .default('both')
      .describe('take the factors out of moves and flow, or of moves alone'),
    ridge: z.number().min(0).default(0).describe('ridge on the loadings, as a share of each factor’s sum of squares'),
  })
  .describe('what is not impact');

const constrain = z
  .strictObject({
    rho: share.default(0.9).describe('largest |K_ij| as a share of √(K_ii K_jj); 1 means no bound beyond PSD'),
    floor: share.default(0.1).describe('smallest self impact, as a share of the name’s prior self impact'),
    metric: z
      .enum(['frobenius', 'prediction'])
      .default('frobenius')
      .describe(
        'distance that the projection minimises: of normalised entries, or of predictions of the window’s flow',
      ),
    condition_cap: z
      .union([z.literal('none'), z.number().min(1)])
      .default('none')
      .describe('largest condition number of normalised K'),
  })
  .describe('no-arbitrage constraints');

export const guardrails = z
  .strictObject({
    condition_cap: z.number().min(1).default(1000).describe('largest condition number of normalised K'),
    cross_share_cap: share.default(0.6).describe('largest share of predicted cost from links'),
    basket_cap: z
      .union([z.literal('auto'), positive])
      .default('auto')
      .describe('largest multiple of a basket’s self cost that links may add; auto: as many as are not noise'),
    cap_release: share
      .default(0.9)
      .describe('share of a cap, or of the lag, that a value must come back to before the guardrail is released'),
    residual_z: positive.default(4).describe('z-score of markout residuals at which a live system freezes links'),
    residual_release: share.default(0.5).describe('share of residual_z below which a regime break is over'),
    residual_window: duration
      .default('5m')
      .describe('how far the z-score and the cross share look back, 30 buckets at least'),
    data_lag: duration.default('5s').describe('data older than this reverts a live system to self impact'),
    recovery: duration
      .default('1m')
      .describe('calm time that releases a guardrail, and the time from one level to the next on the way back'),
    canary: z.array(z.string()).default([]).describe('symbols that use links first'),
  })
  .describe('thresholds that live systems load');

const validate = z
  .strictObject({
    folds: z.int().min(2).default(5).describe('contiguous groups of folds; the first 60 % only teach'),
    since_champion: z
      .boolean()
      .default(false)
      .describe(
        'report what changed since the champion of the evening before, the last promoted version of an earlier date; it becomes an input',
      ),
    gates: z
      .strictObject({
        q95_improvement: share.default(0.08).describe('improvement of the q95 shortfall that a promotion needs'),
        completion_margin: share.default(0.005).describe('how much completion may fall'),
        drift_z: positive.default(3).describe('largest z-score of residual drift over regimes'),
        cross_gain_margin: share
          .default(0.02)
          .describe('out-of-sample R² that links may lose at worst, as a share of what self impact explains'),
        identification: z
          .enum(['freeze', 'fail', 'report'])
          .default('freeze')
          .describe(
            'links that an unrecorded factor could explain: start frozen in live systems, stop a promotion, or are reported; names whose flow nothing tells apart stop a promotion unless they are reported',
          ),
        accept: z
          .partialRecord(z.enum([...FAILURE_MODES, 'levels', ...ODD_GATES]), z.string().min(1))
          .default({})
          .describe(
            'red diagnostics, jumps of levels (a split) and days or venues on which own impact or a factor is odd that do not stop a promotion, each with the reason',
          ),
      })
      .prefault({})
      .describe('promotion gates'),
    arms: z
      .strictObject({
        control: z
          .string()
          .min(1)
          .default('auto')
          .describe('arm that the others are compared with; auto: "control", or else the first by name'),
        split: z
          .record(z.string(), positive)
          .default({})
          .describe('by arm: the share of orders that it should get; empty: all alike'),
      })
      .prefault({})
      .describe('arms of the parent orders'),
  })
  .describe('out-of-sample validation');

const engine = z
  .strictObject({
    threads: z
      .int()
      .min(1)
      .max(256)
      .default(2)
      .describe(
        'threads of the columnar engine; with 2 or more also a second one for kernels or validation, and days of a large window in processes beside each other; the result does not depend on it',
      ),
    memory: z
      .string()
      .regex(/^\d+(\.\d+)?(MB|GB)$/, { message: 'is not a size such as 800MB or 2GB' })
      .default('4GB')
      .describe(
        'what a command may take: the columnar engine spills to disk beyond half of it, and work that needs more is refused',
      ),
  })
  .describe('resources; they never change a result');

export const configSchema = z.strictObject({
  model: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, { message: 'must be letters, digits, dots, dashes' })
    .default('default')
    .describe('name of the artifact line'),
  store: z.string().default('./store').describe('folder of the store'),
  data: data.prefault({}),
  calendar: calendar.prefault({}),
  flow: flow.prefault({}),
  align: align.prefault({}),
  defactor: defactor.prefault({}),
  fit: fit.prefault({}),
  constrain: constrain.prefault({}),
  guardrails: guardrails.prefault({}),
  validate: validate.prefault({}),
  engine: engine.prefault({}),
});

export type Config = z.output<typeof configSchema>;

export function jsonSchema(): unknown {
  return { $id: 'xim-config', ...z.toJSONSchema(configSchema, { io: 'input' }) };
}
