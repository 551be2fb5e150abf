import { traceShares } from '../../model/kernelParts.js';
import type { ReferenceOrder } from '../../model/manifest.js';
import type { ConstrainedModel } from '../../stages/constrain/constrain.js';
import { type BasketCost, basketCosts, referenceBaskets } from '../../stages/fit/basketCosts.js';
import { decayProfile, type KernelBand, kernelBands } from '../../stages/fit/decayProfile.js';
import type { RegressionMoments } from '../../stages/fit/impactProblem.js';
import { type PricedKernel, referenceOrders } from '../../stages/fit/referenceOrders.js';
import { type DecayFitPoint, decayFit } from '../../stages/validate/decayFit.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import type { FittedWindow } from './fittedWindow.js';

/** What orders cost by the published matrix and its decay, and how certain that is. */
export interface OrderPrices {
  /** Bands of the fitted decay; empty for other forms than scalar, and where own flow explains nothing. */
  readonly kernelBands: readonly KernelBand[];
  readonly basketCosts: readonly BasketCost[];
  readonly referenceOrders: readonly ReferenceOrder[];
  /** Empty where own flow explains nothing. */
  readonly decayFit: readonly DecayFitPoint[];
}

interface OrderInput {
  readonly fitted: FittedWindow;
  readonly moments: CalibrationWindow;
  readonly constrained: ConstrainedModel;
  /** Regression of the window on its merged flow. */
  readonly impact: RegressionMoments;
}

export function orderPrices({ fitted, moments, constrained, impact }: OrderInput): OrderPrices {
  const { calibration, decay, names } = fitted;
  const { K, parts, linear, concave } = constrained.full;
  const { kernel, rawK } = calibration.estimate;
  const priced = pricedKernel(moments, decay, parts ? traceShares(parts) : kernel.weights);
  const profile = decayProfile(moments.own);
  const symbols = names.map(({ symbol }) => symbol);
  return {
    kernelBands: profile && !parts ? kernelBands(profile, decay, kernel.weights) : [],
    basketCosts: basketCosts(referenceBaskets(impact), K, rawK),
    referenceOrders: referenceOrders({
      ...{ symbols, K, parts, linear, concave },
      ...{ kernel: priced, calibration, impact, profile },
    }),
    decayFit: profile ? decayFit(profile, priced) : [],
  };
}

const pricedKernel = (
  { basis, sessionBuckets }: CalibrationWindow,
  decay: Float64Array,
  weights: Float64Array,
): PricedKernel => ({
  decay,
  weights,
  bucketMs: basis.bucketMs,
  sessionBuckets,
});
