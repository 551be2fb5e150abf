import type { Config } from '../../config/schema.js';
import type { Name } from '../../model/buckets.js';
import { durationNs } from '../../model/duration.js';
import { decays } from '../../model/kernel.js';
import { exp } from '../../numerics/elementary/elementary.js';
import { calibrate } from '../../stages/fit/calibrate.js';
import type { ChosenFamily } from '../../stages/fit/family/familyChoice.js';
import { validate } from '../../stages/validate/walkForward.js';
import type { AlignContext } from './alignKey.js';
import { calibrationParams } from './calibrationParams.js';
import { type CalibrationWindow, calibrationWindow, ownOfOnlyDay, refuseWindow } from './calibrationWindow.js';
import { CONCAVE_BUCKETS, chosenFamily, concaveDecay, POWERS } from './chosenFamily.js';
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
  try {
    return await windowOfFamily(context, once(announce));
  } finally {
    // What comes next needs its memory.
    context.made.latest = undefined;
  }
}

async function windowOfFamily(context: AlignContext, announce: (text: string) => void): Promise<CalibrationWindow> {
  const { config, names } = context;
  const { concave } = config.fit.kernel;
  refuseWindow(context);
  if (typeof concave === 'object') refuseConcave(config, names.length);
  const family = await chosenFamily(context, announce, (liquidity) => ownOfOnlyDay(context, liquidity));
  const { shape, liquidity } = family;
  if (config.flow.concavity === 'auto') return withFamily(await chosenConcavity(context, liquidity, announce), family);
  const transform = { concavity: config.flow.concavity, liquidity };
  const window = withFamily(await calibrationWindow(context, transform, announce), family);
  if (shape.kind !== 'after') return window;
  const given = typeof concave === 'object' ? concave : undefined;
  const bucket = durationNs(config.align.bucket);
  const bent = {
    scale: shape.scale,
    decay: given?.tau
      ? given.tau.map((tau) => exp(-bucket / durationNs(tau)))
      : concaveDecay(CONCAVE_BUCKETS, window.sessionBuckets / 4),
  };
  const bentWindow = async (power: number, concaveLinks: boolean): Promise<CalibrationWindow> => ({
    ...(await concaveWindow(context, window, { ...bent, power, concaveLinks }, announce)),
    family: { ...family, shape: { ...shape, power } },
  });
  const own = await bentWindow(shape.power, given?.links === 'concave');
  if (given || names.length < 2 || names.length > MOST_PAIRED) return own;
  announce('compare concave links');
  const score = scoreOf(config, names);
  const linear = score(own);
  if (linear === undefined) return own;
  const linked = await bestPower(shape.power, (power) => bentWindow(power, true), score);
  const better = linked.score > linear + LEAST_GAIN ? linked.window : own;
  return { ...better, family: { ...better.family!, links: { linear, concave: linked.score } } };
}

/** What was announced is not announced again: days that were aligned for a comparison come from their cache after it. */
function once(announce: (text: string) => void): (text: string) => void {
  const said = new Set<string>();
  return (text) => {
    if (!said.has(text)) announce(text);
    said.add(text);
  };
}

const withFamily = (window: CalibrationWindow, family: ChosenFamily): CalibrationWindow => ({
  ...window,
  family,
  notes: [...window.notes, ...(family.notes ?? [])],
});

/** R² on folds ahead that links must gain to be concave: they have many more parameters; and that another power must gain. */
const LEAST_GAIN = 0.005;

/** R² on folds ahead of what a window gives; nothing where none can be held out. */
const scoreOf =
  (config: Config, names: readonly Name[]) =>
  (window: CalibrationWindow): number | undefined =>
    validate(window.folds, {
      calibration: calibrationParams(config, names, window),
      limits: limitsOf(config),
      decay: decays(window.basis),
      transform: window.transform,
      groups: config.validate.folds,
    })?.walkForward.scores.fitted.pooled;

interface ScoredWindow {
  readonly window: CalibrationWindow;
  readonly score: number;
}

/**
 * Concave links at the power that own flow supports, or at another that is reached from it step by step while folds ahead gain:
 * where links move names, own flow alone says little of how strongly impact bends.
 */
async function bestPower(
  power: number,
  windowAt: (power: number) => Promise<CalibrationWindow>,
  score: (window: CalibrationWindow) => number | undefined,
): Promise<ScoredWindow> {
  const scored = async (k: number): Promise<ScoredWindow> => {
    const window = await windowAt(POWERS[k]);
    return { window, score: score(window) ?? Number.NEGATIVE_INFINITY };
  };
  const start = POWERS.indexOf(power);
  const first = await scored(start);
  for (const step of [-1, 1]) {
    let best = first;
    for (let k = start + step; k >= 0 && k < POWERS.length; k += step) {
      const next = await scored(k);
      if (!(next.score > best.score + LEAST_GAIN)) break;
      best = next;
    }
    if (best !== first) return best;
  }
  return first;
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
