import { z } from 'zod';
import { guardrails } from '../config/schema.js';
import type { Manifest } from '../model/manifest.js';
import { isPlainName } from '../model/plainText.js';
import { REPLAY_VERDICTS, REPLAYED_AGAINST } from '../model/scheduleReplay.js';
import { CROSS_IMPACT } from '../model/verdict.js';

/**
 * How a manifest is read. It stands beside the store, which is where a manifest comes in from outside; the type is the
 * model's, and the compiler holds the two together. Fields that this program does not know are kept as they are; those
 * that older versions lack are optional or have the default of then. Keys stand in the order of the file: by name.
 */

const numbers = z.array(z.number());
const texts = z.array(z.string());

const interval = z.looseObject({ high: z.number().optional(), low: z.number().optional(), value: z.number() });

const check = z.looseObject({
  bound: z.number(),
  name: z.string(),
  passed: z.boolean(),
  sense: z.enum(['atLeast', 'atMost']),
  value: z.number(),
});

const witness = z.looseObject({
  gain: z.number(),
  gainBps: z.number(),
  symbols: texts,
  trades: z.array(z.looseObject({ bucket: z.number(), millions: numbers })),
  turnoverMillions: z.number(),
});

const certificateFields = {
  checks: z.array(check),
  status: z.enum(['passed', 'failed', 'withheld']),
  witness: witness.nullable(),
};
const certificate = z.looseObject(certificateFields);

const inTime = z.looseObject({
  growth: z.array(
    z.looseObject({
      kind: z.enum(['linear', 'concave']),
      largestGrowthPerBucket: z.number().min(1),
      tauSeconds: z.number().min(0),
    }),
  ),
  isBorne: z.boolean(),
  regimeGrowth: z.number().min(1),
  switchWitness: witness.nullable(),
});

const gate = z.looseObject({
  bound: z.number().exactOptional(),
  high: z.number().optional(),
  low: z.number().optional(),
  name: z.string(),
  reason: z.string(),
  value: z.number().exactOptional(),
  verdict: z.enum(['passed', 'failed', 'not applicable', 'not enough data']),
});

const concave = z.looseObject({
  hasLinear: z.boolean(),
  modes: z.array(
    z.looseObject({ label: z.string(), scale: z.number().positive(), weights: z.array(z.number().min(0)) }),
  ),
  power: z.number().positive().max(1),
  tauSeconds: z.array(z.number().min(0)).min(1),
});

const kernel = z.looseObject({
  bucketMs: z.number().positive(),
  concave: concave.optional(),
  concavity: z.number(),
  flowScale: numbers,
  form: z.string(),
  liquidity: z.number().min(0).max(1).optional(),
  tauSeconds: z.array(z.union([z.number(), z.literal('permanent')])),
  weights: numbers,
  why: z.string().optional(),
});

/** The settings as configured; a version that was written before a threshold existed has its default. */
const { shape: settings } = guardrails;
const storedGuardrails = z.looseObject({
  basket_cap: settings.basket_cap,
  canary: settings.canary,
  cap_release: settings.cap_release,
  condition_cap: settings.condition_cap,
  cross_share_cap: settings.cross_share_cap,
  data_lag: settings.data_lag,
  measured: z
    .looseObject({
      basketCap: z.number().optional(),
      basketNorm: z.number(),
      conditionNumber: z.number().nullable(),
      crossShare: z.number().nullable(),
    })
    .optional(),
  recovery: settings.recovery,
  residual_release: settings.residual_release,
  residual_window: settings.residual_window,
  residual_z: settings.residual_z,
});

const verdict = z.union([
  z.looseObject({
    crossImpact: z.enum(CROSS_IMPACT),
    headline: z.string(),
    links: z.enum(['live', 'frozen']),
    sentence: z.string(),
  }),
  // Versions that were written before there were four words for it have a sentence.
  z.string().transform((sentence) => ({
    crossImpact: sentence.startsWith('cross-impact is evident') ? ('evident' as const) : ('not evident' as const),
    headline: sentence,
    links: 'live' as const,
    sentence,
  })),
]);

const replayedBaskets = z.looseObject({
  acrossSessions: z.number(),
  found: z.number(),
  halted: z.number(),
  notDrawn: z.number(),
  oneName: z.number(),
  replayed: z.number(),
  tooShort: z.number(),
  twoSided: z.number(),
  unfilled: z.number(),
  unfinished: z.number(),
});

const scheduleReplay = z.union([
  z.looseObject({ baskets: replayedBaskets.optional(), notApplicable: z.string() }),
  z.looseObject({
    baskets: replayedBaskets,
    comparisons: z.array(
      z.looseObject({
        against: z.enum(REPLAYED_AGAINST),
        isTimed: z.boolean(),
        needed: z.number().optional(),
        promised: z.number(),
        reasons: texts,
        risk: z.number(),
        saving: z.looseObject({ diagonal: interval, kyle: interval, raw: interval }),
        share: z.number().optional(),
        timing: interval.optional(),
        verdict: z.enum(REPLAY_VERDICTS),
      }),
    ),
    days: z.number(),
    groups: z.number(),
    millions: z.number(),
    notes: texts,
    slope: interval.optional(),
  }),
]);

const metrics = z.looseObject({
  decayFit: z.array(z.looseObject({})).optional(),
  diagnoses: z
    .array(
      z.looseObject({
        bound: z.number().optional(),
        effect: z.number().optional(),
        effectHigh: z.number().optional(),
        effectLow: z.number().optional(),
        mode: z.string(),
        value: z.number().optional(),
        verdict: z.string(),
      }),
    )
    .optional(),
  identification: z.looseObject({}).nullish(),
  outOfSample: z.looseObject({ crossGain: interval, pooled: z.record(z.string(), z.number()) }).nullable(),
  projection: z.looseObject({
    distance: z.number(),
    dualityGap: z.number(),
    iterations: z.number(),
    metric: z.string(),
    minEigenvalue: z.looseObject({ after: z.number(), before: z.number() }),
    status: z.string(),
  }),
  referenceOrders: z
    .array(
      z.looseObject({
        alone: z.number().optional(),
        high: z.number().optional(),
        kind: z.enum(['name', 'basket']),
        low: z.number().optional(),
        order: z.string(),
        seconds: z.number(),
        value: z.number(),
      }),
    )
    .optional(),
  scheduleReplay: scheduleReplay.optional(),
  shrinkage: z.looseObject({ intensity: z.number(), lambda: z.number(), tailLinks: z.number() }).optional(),
});

export const digest = z.string().regex(/^[0-9a-f]{64}$/, { message: 'is not a SHA-256 digest' });

const input = z.looseObject({
  dataset: z.string(),
  date: z.string().exactOptional(),
  rows: z.number(),
  sha256: digest,
});

/** `report.html`, `diagnostics/scores.parquet`: the end of it becomes the end of a file's name. */
const isObjectName = (name: string): boolean =>
  name.split('/').every((part) => isPlainName(part) && !part.startsWith('.') && !part.includes('..')) &&
  /\.[A-Za-z0-9]{1,16}$/.test(name);

const objectName = z.string().refine(isObjectName, { message: 'is no plain name with an ending, such as report.html' });
const object = z.looseObject({ bytes: z.int().min(0), name: objectName, sha256: digest });

const regimes = z.looseObject({
  edges: z.record(z.string(), numbers),
  multipliers: z.array(z.looseObject({ cell: z.string(), multiplier: z.number() })),
});

export const schemaVersion = z.looseObject({
  schemaVersion: z.string().regex(/^\d+\.\d+/, { message: 'is not a schema version such as 1.0' }),
});

export const manifestSchema = z.looseObject({
  asof: z.string(),
  certificate: z.looseObject({
    before: certificate.optional(),
    ...certificateFields,
    inTime: inTime.optional(),
  }),
  config: z.unknown(),
  constraints: z.looseObject({ conditionCap: z.number().nullable().default(null), floors: numbers, rho: z.number() }),
  fallbacks: z.looseObject({ blockDiagonal: certificate, diagonal: certificate }),
  gates: z.array(gate),
  guardrails: storedGuardrails,
  inputs: z.array(input),
  kernel,
  metrics,
  model: z.string(),
  notes: texts,
  objects: z.array(object),
  producer: z.looseObject({ methodVersion: z.number(), name: z.string(), packageVersion: z.string() }),
  regimes,
  ...schemaVersion.shape,
  units: z.looseObject({ K: z.string(), flow: z.string(), move: z.string() }),
  universe: z.looseObject({ blocks: texts, names: texts }),
  verdict,
  window: z.looseObject({ buckets: z.number(), dates: texts, folds: z.number() }),
}) satisfies z.ZodType<Manifest>;
