import { kernelCurve } from '../../model/kernel.js';
import { traceShares } from '../../model/kernelParts.js';
import type { TimeConstant } from '../../model/manifest.js';
import { pow } from '../../numerics/elementary/elementary.js';
import type { DecayPoint, ReportBasketDecay, ReportKernel } from '../../report/impactData.js';
import { formInWords } from '../../stages/fit/form/formWords.js';
import type { PortfolioCost } from '../../stages/fit/form/portfolioDecay.js';
import type { Outcome } from '../calibration/calibrateWindow.js';
import type { Publication } from './publication.js';

/** How impact decays, and how that was chosen. */
export function kernelReport({ moments, outcome }: Publication): ReportKernel {
  const { bucketMs, tauSeconds } = moments.basis;
  const { calibration, constrained, params } = outcome;
  const { parts } = constrained.full;
  const weights = parts ? traceShares(parts) : calibration.estimate.kernel.weights;
  return {
    bucketMs,
    tauSeconds: labelled(tauSeconds),
    tauPath: moments.tauPath.map((step) => ({ tauSeconds: labelled(step.tauSeconds), error: step.loss })),
    bands: bands(outcome, bucketMs),
    lags: lags(outcome, bucketMs),
    form: calibration.parts ? params.kernelForm : 'scalar',
    ...(moments.form ? { why: formInWords(moments.form) } : {}),
    weights: [...weights],
    modes: calibration.parts?.modes ?? [],
    strength: calibration.parts?.strength ?? null,
    strengthPath: calibration.parts?.strengthPath ?? [],
    baskets: (moments.form?.costs ?? []).map(basketDecay),
    concavity: moments.transform.concavity,
    ...(moments.transform.liquidity === 0 ? {} : { liquidity: moments.transform.liquidity }),
    concavityPath: moments.concavityPath,
    status: calibration.parts?.status ?? calibration.estimate.kernel.status,
    curve: curve(outcome.decay, weights, moments.basis),
  };
}

const basketDecay = ({ portfolio, seconds, scalar, modes, low, high }: PortfolioCost): ReportBasketDecay => ({
  basket: portfolio,
  ...{ seconds, scalar, modes: modes ?? null, low, high: Number.isFinite(high) ? high : null },
});

/** JSON has no infinity. */
const labelled = (tauSeconds: readonly number[]): TimeConstant[] =>
  tauSeconds.map((tau) => (Number.isFinite(tau) ? tau : 'permanent'));

const bands = ({ kernelBands }: Outcome, bucketMs: number): ReportKernel['bands'] =>
  kernelBands.map(({ step, ...band }) => ({ seconds: (step * bucketMs) / 1000, ...band }));

const lags = ({ lagResponse, predictedLags }: Outcome, bucketMs: number): ReportKernel['lags'] =>
  lagResponse.map(({ to, level, low, high }, k) => ({
    seconds: (to * bucketMs) / 1000,
    level,
    ...(low === undefined || high === undefined ? {} : { low, high }),
    ...(predictedLags.length > 0 ? { predicted: predictedLags[k].level } : {}),
  }));

/** Points on the curve beyond the first, evenly spaced in the logarithm of time as far as buckets go. */
const POINTS = 121;

/** To three times the longest time constant that is not permanent, a minute at least. */
function curve(
  decay: Float64Array,
  weights: Float64Array,
  { bucketMs, tauSeconds }: { readonly bucketMs: number; readonly tauSeconds: readonly number[] },
): DecayPoint[] {
  const longest = Math.max(60, ...tauSeconds.filter(Number.isFinite).map((tau) => 3 * tau));
  const steps = Math.ceil((longest * 1000) / bucketMs);
  const level = kernelCurve(decay, weights, steps + 1);
  const shown = new Set(Array.from({ length: POINTS }, (_, k) => Math.round(pow(steps, k / (POINTS - 1)))));
  return [0, ...shown].map((k) => ({ seconds: (k * bucketMs) / 1000, level: level[k] }));
}
