import { calibrate } from '../../stages/fit/calibrate.js';
import type { AlignContext } from './alignKey.js';
import { calibrationParams } from './calibrationParams.js';
import { type CalibrationWindow, calibrationWindow } from './calibrationWindow.js';

const CANDIDATES = [0.3, 0.5, 0.7, 1];

/**
 * Moments of the window at the configured concavity, or at the candidate whose fit predicts held-out folds best. Every
 * candidate has moments of its own, each day cached like the others.
 */
export async function windowWithConcavity(
  context: AlignContext,
  announce: (text: string) => void,
): Promise<CalibrationWindow> {
  const { config, names } = context;
  const { concavity: asked, liquidity } = config.flow;
  if (asked !== 'auto') return calibrationWindow(context, { concavity: asked, liquidity }, announce);
  const tried: { moments: CalibrationWindow; concavity: number; error: number }[] = [];
  for (const concavity of CANDIDATES) {
    const moments = await calibrationWindow(context, { concavity, liquidity }, announce);
    announce(`cross-validate concavity ${concavity}`);
    const params = calibrationParams(config, names, moments);
    const { shrinkage } = calibrate(moments.folds, {
      ...params,
      estimator: 'symmetric',
      kernelForm: 'scalar',
      lambda: 'auto',
    });
    const errors = shrinkage?.lambdaPath.map((point) => point.error) ?? [];
    tried.push({ moments, concavity, error: Math.min(...errors) });
  }
  // Without folds to hold out every error is infinite, and the linear model, the last candidate, stands.
  const best = tried.reduce((top, next) => (next.error < top.error || !Number.isFinite(top.error) ? next : top));
  const path = tried
    .filter(({ error }) => Number.isFinite(error))
    .map(({ concavity, error }) => ({ concavity, error }));
  return { ...best.moments, concavityPath: path };
}
