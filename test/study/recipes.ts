import type { FoldMoments } from '../../src/model/moments.js';
import { type DenseMatrix, mapEntries } from '../../src/numerics/dense.js';
import { project } from '../../src/stages/constrain/projectModel.js';
import type { FactorModel } from '../../src/stages/defactor/defactor.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import { type Calibration, type CalibrationParams, unconstrained } from '../../src/stages/fit/calibration.js';

/** A calibrated model as the study scores it: a matrix per basis, and the first stage that goes with the bases apart. */
export interface Model {
  readonly matrices: readonly DenseMatrix[];
  readonly calibration: Calibration;
  readonly partsFactors?: FactorModel;
}

export interface Recipe {
  readonly name: string;
  readonly change: (defaults: CalibrationParams) => Partial<CalibrationParams>;
  /** Whether the result is projected onto what no-arbitrage allows. */
  readonly constrained: boolean;
  /** Largest case in which it is run. */
  readonly maxNames?: number;
}

const free = { lambda: 0, intensity: 0, tail: { tMin: 0, signStability: 0, apply: 'always' } } as const;
const keepAll = { tail: { tMin: 0, signStability: 0, apply: 'always' } } as const;
const plain =
  (estimator: CalibrationParams['estimator']): Recipe['change'] =>
  () => ({ estimator });

/** From the playbook taken literally to the default, one step at a time; then what else could be chosen; then baselines. */
export const RECIPES: readonly Recipe[] = [
  {
    name: 'literal: returns-only residual, row-wise OLS',
    change: ({ defactor }) => ({ estimator: 'ols', defactor: { ...defactor, residualize: 'returns' } }),
    constrained: false,
  },
  { name: '+ flow partialled too', change: plain('ols'), constrained: false },
  { name: '+ (K+Kᵀ)/2', change: () => ({ estimator: 'rowwise', target: 'none', ...free }), constrained: false },
  { name: 'symmetric GLS', change: () => ({ target: 'none', ...free }), constrained: false },
  { name: '+ ridge to zero', change: () => ({ target: 'none', ...keepAll }), constrained: false },
  { name: '+ ridge to blocks', change: () => keepAll, constrained: false },
  { name: '+ sparse tail, always', change: ({ tail }) => ({ tail: { ...tail, apply: 'always' } }), constrained: false },
  { name: '+ sparse tail where folds agree', change: () => ({}), constrained: false },
  { name: 'default (+ projection)', change: () => ({}), constrained: true },
  { name: 'default, no tail', change: () => keepAll, constrained: true },
  { name: 'default, clusters', change: () => ({ target: 'clusters' }), constrained: true },
  {
    name: 'default, elastic net',
    change: ({ penalty }) => ({ penalty: { ...penalty, kind: 'elastic_net', l1Ratio: 0.5 } }),
    constrained: true,
    maxNames: 40,
  },
  { name: 'row-wise ridge', change: () => ({ estimator: 'rowwise' }), constrained: true, maxNames: 40 },
  { name: 'modes kernel', change: () => ({ kernelForm: 'modes' }), constrained: true },
  { name: 'matrix kernel', change: () => ({ kernelForm: 'matrix' }), constrained: true, maxNames: 10 },
  { name: 'block', change: plain('block'), constrained: true },
  { name: 'diagonal', change: plain('diagonal'), constrained: true },
  { name: 'Kyle', change: plain('kyle'), constrained: false },
  { name: 'EigenLiquidity', change: plain('eigenliquidity'), constrained: false },
];

export const DEFAULT = 'default (+ projection)';
const RHO = 0.9;

export function fitRecipe(recipe: Recipe, folds: readonly FoldMoments[], defaults: CalibrationParams): Model {
  const calibration = calibrate(folds, { ...defaults, ...recipe.change(defaults) });
  const { K, parts } = recipe.constrained
    ? project(unconstrained(calibration), { rho: RHO, metric: 'frobenius' })
    : { K: calibration.K, parts: calibration.parts?.matrices };
  const { weights } = calibration.estimate.kernel;
  const matrices = parts ?? Array.from(weights, (a) => mapEntries(K, (k) => a * k));
  return {
    matrices,
    calibration,
    ...(parts && calibration.parts ? { partsFactors: calibration.parts.factorModel } : {}),
  };
}
