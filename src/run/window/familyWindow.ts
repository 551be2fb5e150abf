import type { Config } from '../../config/schema.js';
import { durationNs } from '../../model/duration.js';
import { configError } from '../../model/failure.js';
import { calibrate } from '../../stages/fit/calibrate.js';
import type { AlignContext } from './alignKey.js';
import { calibrationParams } from './calibrationParams.js';
import { type CalibrationWindow, calibrationWindow } from './calibrationWindow.js';
import { MOST_COMBINED } from './concaveModes.js';
import { concaveWindow } from './concaveWindow.js';
import type { ConcaveShape } from './typicalFlow.js';

const CANDIDATES = [0.3, 0.5, 0.7, 1];

/** Time constants of concave terms where none are given, in buckets; none is longer than a quarter of a session. */
const CONCAVE_BUCKETS = [1, 5, 30, 100];

/** The window as the configured family of impact needs it, or as the family that predicts folds ahead best. */
export async function familyWindow(
  context: AlignContext,
  announce: (text: string) => void,
): Promise<CalibrationWindow> {
  const { flow, fit } = context.config;
  const { concave } = fit.kernel;
  if (flow.concavity === 'auto') return chosenConcavity(context, announce);
  const window = await calibrationWindow(context, { concavity: flow.concavity, liquidity: flow.liquidity }, announce);
  if (concave === 'none' || concave === 'auto') return window;
  refuseConcave(context.config, context.names.length);
  const tau = concave.tau?.map((text) => durationNs(text) / durationNs(context.config.align.bucket));
  const shape: ConcaveShape = {
    power: concave.c,
    scale: concave.scale,
    decay: concaveDecay(tau ?? CONCAVE_BUCKETS, tau ? Number.POSITIVE_INFINITY : window.sessionBuckets / 4),
    concaveLinks: concave.links === 'concave',
  };
  return concaveWindow(context, window, shape, announce);
}

/** Per bucket; the shortest stays whatever the session. */
const concaveDecay = (buckets: readonly number[], longest: number): number[] =>
  buckets.filter((tau, k) => k === 0 || tau <= longest).map((tau) => Math.exp(-1 / tau));

/** What concave terms do not go together with. @throws config error */
export function refuseConcave(config: Config, names: number): void {
  const reason = noConcave(config);
  if (reason)
    throw configError(
      `fit.kernel.concave with ${reason} is not supported`,
      'set fit.kernel.concave: none, or the other to its default',
    );
  const { concave } = config.fit.kernel;
  if (typeof concave !== 'object' || concave.links !== 'concave' || names <= MOST_COMBINED) return;
  throw configError(
    `fit.kernel.concave.links: concave with ${names} names is not supported; it is for ${MOST_COMBINED} at most`,
    'set fit.kernel.concave.links: linear',
  );
}

/** The setting that concave terms do not go together with, if there is one. */
export function noConcave({ flow, fit, defactor }: Config): string | undefined {
  const { estimator, kernel } = fit;
  if (flow.concavity !== 1) return `flow.concavity: ${flow.concavity}`;
  if (kernel.form !== 'scalar') return `fit.kernel.form: ${kernel.form}`;
  if (estimator === 'ols' || estimator === 'kyle' || estimator === 'eigenliquidity')
    return `fit.estimator: ${estimator}`;
  return defactor.factors === 'derived' ? 'defactor.factors: derived' : undefined;
}

/**
 * Moments of the window at the concavity before the decay whose fit predicts held-out folds best. Every candidate has moments
 * of its own, each day cached like the others.
 */
async function chosenConcavity(context: AlignContext, announce: (text: string) => void): Promise<CalibrationWindow> {
  const { config, names } = context;
  const { liquidity } = config.flow;
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
