import type { Config } from '../../config/schema.js';
import type { Name } from '../../model/buckets.js';
import { durationNs } from '../../model/duration.js';
import { decays } from '../../model/kernel.js';
import { calibrate } from '../../stages/fit/calibrate.js';
import { validate } from '../../stages/validate/walkForward.js';
import type { AlignContext } from './alignKey.js';
import { calibrationParams } from './calibrationParams.js';
import { type CalibrationWindow, calibrationWindow } from './calibrationWindow.js';
import { CONCAVE_BUCKETS, chosenFamily, concaveDecay } from './chosenFamily.js';
import { MOST_PAIRED } from './concaveModes.js';
import { concaveWindow } from './concaveWindow.js';
import { refuseConcave } from './familyRefusals.js';
import { limitsOf } from './limits.js';

const CANDIDATES = [0.3, 0.5, 0.7, 1];

/** The window as the configured family of impact needs it, or as the family that predicts folds ahead best. */
export async function familyWindow(
  context: AlignContext,
  announce: (text: string) => void,
): Promise<CalibrationWindow> {
  const { config, names } = context;
  const { concave } = config.fit.kernel;
  if (typeof concave === 'object') refuseConcave(config, names.length);
  const family = await chosenFamily(context, announce);
  const { shape, liquidity } = family;
  if (config.flow.concavity === 'auto') return { ...(await chosenConcavity(context, liquidity, announce)), family };
  const window = await calibrationWindow(context, { concavity: config.flow.concavity, liquidity }, announce);
  if (shape.kind !== 'after') return { ...window, family };
  const given = typeof concave === 'object' ? concave : undefined;
  const bucket = durationNs(config.align.bucket);
  const bent = {
    power: shape.power,
    scale: shape.scale,
    decay: given?.tau
      ? given.tau.map((tau) => Math.exp(-bucket / durationNs(tau)))
      : concaveDecay(CONCAVE_BUCKETS, window.sessionBuckets / 4),
    concaveLinks: given?.links === 'concave',
  };
  const bentWindow = { ...(await concaveWindow(context, window, bent, announce)), family };
  if (given || names.length < 2 || names.length > MOST_PAIRED) return bentWindow;
  announce('compare concave links');
  const linked = { ...(await concaveWindow(context, window, { ...bent, concaveLinks: true }, announce)), family };
  return betterLinks(config, names, bentWindow, linked);
}

/** R² on folds ahead that links must gain to be concave: they have many more parameters. */
const LEAST_GAIN = 0.005;

/** Links by a line, or concave where that predicts folds ahead better: flow with heavy tails needs it (MODEL §2a). */
function betterLinks(
  config: Config,
  names: readonly Name[],
  linear: CalibrationWindow,
  concave: CalibrationWindow,
): CalibrationWindow {
  const score = (window: CalibrationWindow) =>
    validate(window.folds, {
      calibration: calibrationParams(config, names, window),
      limits: limitsOf(config),
      decay: decays(window.basis),
      transform: window.transform,
      groups: config.validate.folds,
    })?.walkForward.scores.fitted.pooled;
  const links = { linear: score(linear), concave: score(concave) };
  if (links.linear === undefined || links.concave === undefined) return linear;
  const better = links.concave > links.linear + LEAST_GAIN ? concave : linear;
  return { ...better, family: { ...better.family!, links: { linear: links.linear, concave: links.concave } } };
}

/**
 * Moments of the window at the concavity before the decay whose fit predicts held-out folds best. Every candidate has moments
 * of its own, each day cached like the others.
 */
async function chosenConcavity(
  context: AlignContext,
  liquidity: number,
  announce: (text: string) => void,
): Promise<CalibrationWindow> {
  const { config, names } = context;
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
