import { z } from 'zod';
import { isTimezone } from '../model/calendar.js';
import { FAILURE_MODES } from '../model/diagnosis.js';
import { parseDurationNs } from '../model/duration.js';

/** The configuration: one schema gives the types, the messages, the defaults and the published JSON Schema. */

const duration = z
  .string()
  .refine((text) => parseDurationNs(text) !== undefined, { message: 'is not a duration such as 250ms, 1s, 5m, 20d' });
const days = z.string().regex(/^[1-9]\d*d$/, { message: 'is not a number of days such as 20d' });
const clockOffset = z
  .string()
  .regex(/^-?\d+(\.\d+)?(ns|us|ms|s)$/, { message: 'is not a clock offset such as 5ms or -250us' });
const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, { message: 'is not a time of day such as 09:30' });
const share = z.number().min(0).max(1);
const positive = z.number().positive();
const autoOr = (number: z.ZodNumber) => z.union([z.literal('auto'), number]);

const data = z
  .strictObject({
    root: z.string().default('./data').describe('folder with universe, quotes, trades, fills, factors, events'),
    source: z.enum(['events', 'buckets']).default('events').describe('raw events to align, or buckets of your own'),
  })
  .describe('where the input is');

const calendar = z
  .strictObject({
    timezone: z
      .string()
      .refine(isTimezone, { message: 'is not a time zone such as America/New_York' })
      .default('America/New_York')
      .describe('IANA time zone of the venue; dates and sessions are local to it'),
    sessions: z
      .array(z.tuple([timeOfDay, timeOfDay]))
      .min(1)
      .default([['09:30', '16:00']])
      .describe('trading sessions of a day; nothing is carried from one to the next'),
  })
  .describe('when the venue trades');

const flow = z
  .strictObject({
    source: z
      .enum(['fills', 'trades'])
      .default('fills')
      .describe('whose signed flow explains the moves: own fills or the market tape'),
    concavity: autoOr(z.number().gt(0).max(1))
      .default(1)
      .describe('exponent c of sign(u)|u|^c, or auto: cross-validated; below 1 the certificate is withheld'),
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
      .default(0.05)
      .describe('a single quote further away than this share, undone by the next, is a bad tick'),
    clock_offsets: z.record(z.string(), clockOffset).default({}).describe('by venue: how far its clock runs ahead'),
    markouts: z.array(duration).default(['1s', '5s', '30s', '5m']).describe('horizons of the markouts'),
  })
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

const namePair = z.tuple([z.string(), z.string()]);
const tau = z.union([duration, z.literal('temporary'), z.literal('permanent')]);
const fit = z
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
          .enum(['scalar', 'modes', 'matrix'])
          .default('scalar')
          .describe(
            'one decay curve for all links, decay of its own for market and blocks, or a matrix per time constant',
          ),
        tau: z
          .union([z.literal('auto'), z.array(tau).min(1)])
          .default('auto')
          .describe(
            'time constants of the decay, ascending, from temporary to permanent; auto: chosen from a grid up to a quarter of the session',
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
          .describe('groups of links with one value, bps per million: [[[A, B], [C, D]], …]'),
      })
      .prefault({})
      .describe('links that are known beforehand'),
  })
  .describe('moments to an unconstrained model');

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
            'links that an unrecorded factor could explain: start frozen in live systems, stop a promotion, or are reported',
          ),
        accept: z
          .partialRecord(z.enum(FAILURE_MODES), z.string().min(1))
          .default({})
          .describe('red diagnostics that do not stop a promotion, each with the reason'),
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
        'threads of the columnar engine, and with 2 or more a second one for the kernels; the result does not depend on it',
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

/** What may change a result: the configuration without folders and resources. It goes into the manifest. */
export type MethodConfig = Omit<Config, 'store' | 'engine' | 'data'> & { data: { source: string } };

export function methodConfig({ store: _store, engine: _engine, data: source, ...rest }: Config): MethodConfig {
  return { ...rest, data: { source: source.source } };
}
