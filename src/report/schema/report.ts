import { z } from 'zod';
import { FAILURE_MODES } from '../../model/diagnosis.js';
import { CROSS_IMPACT } from '../../model/verdict.js';
import type { MatrixReportData, ReportData } from '../reportData.js';
import { constraintFields } from './constraints.js';
import { concave, families, kernel, response } from './kernel.js';
import { guardrailHistory, scheduleReplay } from './replay.js';
import {
  count,
  date,
  flag,
  IMPACT,
  interval,
  intervalOf,
  MOVE,
  matrix,
  number,
  numbers,
  text,
  texts,
} from './scalars.js';
import { scorecard } from './scorecard.js';
import { ofManifest, tried } from './version.js';

/**
 * `report.json` as a schema: every field with its meaning and unit, and none that it does not name. The compiler holds it to
 * {@link ReportData}; the documents of real runs are held to it by tests.
 */

const SHARE = 'share, 0 to 1';

const name = {
  symbol: text('name'),
  block: text('group that the universe gives'),
};

const fullName = z.strictObject({
  ...name,
  selfImpact: number(`diagonal entry of K, ${IMPACT}`),
  selfImpactError: z
    .number()
    .nullable()
    .describe(`standard error before shrinkage, ${IMPACT}; null where nothing was estimated`),
  residualVolBps: number(`standard deviation of residual moves of a bucket, ${MOVE}`),
  factorR2: number(`of moves that factors explain, ${SHARE}`),
  flowFactorR2: number(`of flow that factors explain, ${SHARE}`),
  missingShare: number(`of moves that are missing, ${SHARE}`),
  rowMoved: number('length by which constraints moved the row of K, relative to the row'),
  loadings: numbers('on factors, in their order; no unit'),
  loadingErrors: numbers('standard errors of the loadings'),
});

const basketCost = z.strictObject({
  label: text('what is bought and sold'),
  published: number(`cost under the published matrix, ${MOVE} of the basket`),
  ...intervalOf(`cost without penalty, ${MOVE} of the basket`, '90 %'),
});

const referenceOrder = z.strictObject({
  order: text('symbol, or one-sided basket, hedged basket'),
  kind: z.enum(['name', 'basket']).describe('what is bought'),
  seconds: number('over which one million is worked evenly, seconds'),
  ...intervalOf(`cost, impact alone, ${MOVE} of the order`, '90 %'),
  alone: z
    .number()
    .optional()
    .describe(`of a basket: cost where every name moves by its own flow alone, ${MOVE} of the order`),
});

const verdict = z.strictObject({
  gates: z.enum(['passed', 'failed']).describe('whether every gate allows a promotion'),
  crossImpact: z.enum(CROSS_IMPACT).describe('what the links amount to'),
  headline: text('the worst that is known, a sentence without its full stop'),
  links: z.enum(['live', 'frozen']).describe('frozen: held at the multiplier of the calibration'),
  sentence: text('the same about the links'),
});

const link = z.strictObject({
  row: text('name whose price moves'),
  column: text('name that is bought'),
  ...intervalOf(IMPACT, '90 %'),
});

const sinceChampion = z.strictObject({
  champion: text('its id, hexadecimal'),
  compared: count('pairs of names that both know').optional(),
  links: z
    .array(
      z.strictObject({
        row: text('name whose price moves'),
        column: text('name that is bought'),
        from: number(`of the champion, ${IMPACT}`),
        to: number(`published, ${IMPACT}`),
      }),
    )
    .describe('those that moved most'),
});

const scores = z.strictObject({
  pooled: z
    .record(z.string(), z.number())
    .describe('out-of-sample R² by model, names weighted by the inverse of their residual variance'),
  crossGain: interval('R² of links beyond the best model without', 'difference of R²', '95 %'),
  trainFolds: count('that models were fitted on at first'),
  testFolds: count('that were predicted'),
  perName: z.record(z.string(), z.array(z.number())).describe('R² by model, in the order of names'),
});

const horizon = z.strictObject({
  label: text('length, such as 30s'),
  fitted: number('R² with links'),
  own: number('R² of own flow alone'),
  calibrationSlope: number('realised on predicted moves: 1 where impact is of the right size'),
  windows: count('that it is computed from'),
});

const shrinkage = z.strictObject({
  lambda: number('λ, strength of the penalty; no unit'),
  intensity: number(`by which links were drawn to their targets, ${SHARE}`),
  tailLinks: count('links too weak or unstable for values of their own'),
  lambdaPath: z.array(z.strictObject({ lambda: number('λ that was tried'), ...tried })).describe('selection of λ'),
  marketMean: z.number().nullable().describe('mean normalised link over all pairs; null where it is no target'),
  marketT: z.number().nullable().describe('the same over its standard error'),
  optimalityResidual: number('of the penalised problem, relative to the gradient at zero'),
  tailIsCut: flag('whether weak links took their block’s value or zero'),
  links: count('pairs of names'),
  meanLinkWithFactors: z.number().nullable().describe('mean estimated normalised link; null where not compared'),
  meanLinkWithoutFactors: z
    .number()
    .nullable()
    .describe('the same where factors are not taken out; null where not compared'),
});

const admission = z.strictObject({
  steps: z
    .array(
      z.strictObject({
        constraint: text('on top of those before'),
        inSample: number('pooled R² on the folds of the fit'),
        outOfSample: z.number().nullable().describe('pooled R² on others; null with one fold'),
      }),
    )
    .describe('what each constraint costs in fit'),
  asymmetry: z
    .strictObject({
      ratio: z
        .number()
        .nullable()
        .describe('of row-by-row least squares, over its symmetric part; null where that is not positive definite'),
      bound: number('that the decay bears before a round trip is paid, same unit'),
    })
    .describe('of the unconstrained estimate'),
});

const diagnosis = z.strictObject({
  mode: z.enum(FAILURE_MODES).describe('what may be wrong: “xim explain NAME”'),
  verdict: z
    .enum(['green', 'amber', 'red', 'not enough data', 'not applicable'])
    .describe('red stops a promotion unless it is accepted'),
  value: z.number().exactOptional().describe('test statistic; absent where nothing was tested'),
  bound: z.number().exactOptional().describe('beyond which it is significant'),
  effect: z.number().exactOptional().describe('by what share the cost of reference orders may be off'),
  effectLow: z.number().exactOptional().describe('lower 90 % bound of the effect'),
  effectHigh: z.number().exactOptional().describe('upper 90 % bound of the effect'),
  evidence: text('the numbers in words'),
  remedy: text('what to do'),
  detail: z
    .array(z.record(z.string(), z.union([z.number(), z.string()])))
    .describe('the numbers behind it: rows whose columns are those of the test'),
});

const regimeCell = {
  cell: text('state of the market, such as spread:high|volatility:low'),
  multiplier: number('of impact in it; impact-weighted mean 1'),
};

const regimes = z.strictObject({
  edges: z
    .record(z.string(), z.array(z.number()))
    .describe('between low and high: spread and squared moves over what is usual, crowding as a share, 0 to 1'),
  multipliers: z.array(z.strictObject(regimeCell)).describe('that are published'),
  cells: z
    .array(
      z.strictObject({
        ...regimeCell,
        slope: number('realised on predicted impact'),
        standardError: number('of the slope, by clusters of five minutes'),
        buckets: count('in this state'),
      }),
    )
    .describe('how they were estimated; empty for one regime'),
});

const day = z.strictObject({
  date: date('trading day'),
  dataset: text('such as quotes or trades'),
  rows: count('that were read'),
  used: count('of them'),
  quarantined: z
    .record(z.string(), z.int().min(0))
    .describe('rows that were set aside, by reason: “xim explain REASON”'),
});

const leadLag = z.strictObject({
  leader: text('name that moves first'),
  follower: text('name that follows'),
  lagMs: number('at which their correlation is largest, milliseconds'),
  correlation: number('of moves at that lag, −1 to 1'),
  atZero: number('of moves at no lag, −1 to 1'),
});

const leadLagMap = z.strictObject({
  symbols: texts('names that are looked at: the most traded ones'),
  lagMs: matrix('by which the row moves before the column, milliseconds; negative where it follows'),
  excess: matrix('size of the correlation at that lag beyond that at none, negative where the row follows; 0 to 1'),
});

export const reportSchema = z.strictObject({
  ...ofManifest,
  window: z
    .strictObject({
      dates: z.array(date('trading day')).describe('trading days, ascending'),
      folds: count('stretches that can be left out'),
      buckets: count('of all days'),
    })
    .describe('what the calibration is made from'),
  effectiveBuckets: number('independent buckets that those of the window are worth'),
  basketCosts: z.array(basketCost).describe('one typical bucket of flow in every name, at once'),
  referenceOrders: z.array(referenceOrder).describe('one million, worked evenly'),
  verdict: verdict.describe('what the version says of itself first'),
  links: z.array(link).describe('strongest published links, strongest first; each stands for both directions'),
  sinceChampion: sinceChampion.nullable().describe('what changed; null where no champion is an input'),
  names: z.array(fullName).describe('in the order of every matrix'),
  ...constraintFields,
  kernel: kernel.describe('how impact decays'),
  families: families.optional().describe('how shape and γ were chosen; absent where both were given'),
  concave: concave.optional().describe('impact that is concave after its decay; absent where it is linear'),
  responses: z.array(response).describe('moves by the size of own flow, of names that trade most'),
  scores: scores.nullable().describe('walk-forward; null with one fold'),
  holdOut: scores.nullable().describe('first 60 % of the folds predict the others; null with one fold'),
  horizons: z.array(horizon).describe('fit by markout horizon on the last day'),
  shrinkage: shrinkage.describe('how far links were drawn to their targets'),
  admission: admission.describe('what admission costs in fit'),
  scorecard: scorecard.nullable().describe('costs of parent orders; null where the window has none'),
  scheduleReplay: scheduleReplay.optional().describe('executed baskets worked anew; absent in earlier versions'),
  guardrailHistory: guardrailHistory
    .nullable()
    .describe('what guardrails would have done; null where no day was replayed'),
  diagnoses: z.array(diagnosis).describe('what commonly goes wrong; empty where nothing is replayed'),
  regimes: regimes.describe('how impact differs between states of the market'),
  factors: z
    .strictObject({
      names: texts('of given factors'),
      largestResidualCorrelation: number('left between a residual move and a factor, 0 to 1'),
      note: text('the same in words'),
    })
    .describe('moves that names share'),
  dataQuality: z.array(day).describe('what was read and set aside'),
  leadLag: z.array(leadLag).describe('pairs of the last day of which one moves first, strongest first'),
  leadLagMap: leadLagMap.optional().describe('every pair of the most traded names; absent in earlier versions'),
}) satisfies z.ZodType<ReportData>;

export const matrixReportSchema = z.strictObject({
  ...ofManifest,
  ...constraintFields,
  names: z.array(z.strictObject(name)).describe('in the order of every matrix'),
}) satisfies z.ZodType<MatrixReportData>;
