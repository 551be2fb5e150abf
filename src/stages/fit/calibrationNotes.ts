import type { Fold } from '../../model/moments.js';
import { exp } from '../../numerics/elementary/elementary.js';
import { ACCEPTED_RESIDUAL } from '../../numerics/optimality.js';
import type { CalibrationParams } from './calibration.js';
import type { RegressionMoments } from './impactProblem.js';
import type { KernelParts } from './kernelForms.js';
import type { KernelFit } from './kernelWeights.js';
import type { LeaveOut } from './leaveOut.js';
import type { PenalisedEstimate } from './penalised.js';
import type { ResidualWeights } from './residualWeights.js';
import { namesWithoutFlow, namesWithVolume, type SelfImpacts } from './selfImpacts.js';

/** What a calibration has to say of itself. */
interface CalibrationFacts {
  readonly folds: readonly Fold[];
  readonly outs: readonly LeaveOut[];
  readonly kernel: KernelFit;
  readonly residuals: ResidualWeights;
  readonly moments: RegressionMoments;
  readonly solved: PenalisedEstimate;
  readonly self: SelfImpacts;
  readonly peers: readonly string[];
  readonly params: CalibrationParams;
}

/** Sentences for the reader of a report: what was missing, kept or not solved. */
export function calibrationNotes(facts: CalibrationFacts): string[] {
  const { folds, outs, kernel, residuals, moments, solved, self, peers, params } = facts;
  return [
    ...kernelNotes(kernel),
    ...sampleNotes(moments, outs.length),
    ...weightNotes(residuals),
    ...selfImpactNotes(self, moments, params),
    ...solverNotes(solved),
    ...peerNotes(peers, params),
    ...foldNotes(folds, outs),
  ];
}

/** On a kernel with a matrix per time constant. */
export function formNotes(parts: KernelParts, { kernelForm }: CalibrationParams, { kind }: ResidualWeights): string[] {
  const weights =
    kind === 'full'
      ? [`kernel ${kernelForm}: its matrices are fitted with residuals weighed by their variances alone`]
      : [];
  return [...weights, ...solutionNotes(kernelForm, parts)];
}

function solutionNotes(
  kernelForm: CalibrationParams['kernelForm'],
  { status, optimalityResidual, strength }: KernelParts,
): string[] {
  if (status === 'collapsed')
    return ['kernel modes: no weight of the links themselves stays positive; the last admissible weights were kept'];
  if (status === 'maxIterations')
    return [`kernel ${kernelForm}: not solved within its iterations, residual ${optimalityResidual.toExponential(1)}`];
  if (kernelForm === 'matrix' && strength === undefined)
    return ['kernel matrix: held-out folds give no support for speeds of their own; every K_p is a multiple of K'];
  return [];
}

export function kernelNotes({ status }: KernelFit): string[] {
  if (status === 'collapsed')
    return ['kernel: no basis has a positive weight, the flow explains nothing; equal weights were kept'];
  if (status === 'maxIterations') return ['kernel: the weights were still moving after the last iteration'];
  return [];
}

function sampleNotes(moments: RegressionMoments, groups: number): string[] {
  const { names, buckets } = moments;
  const notes: string[] = [];
  if (groups < 2)
    notes.push(
      'one fold only has data: no standard errors and no cross-validation; λ and intensity are 0 where they are auto',
    );
  if (buckets <= names) notes.push(`${buckets} buckets for ${names} names: directions without data have no impact`);
  return notes;
}

/** What self impact borrowed, from which names and by which volume. */
export function selfImpactNotes(
  { isDrawn, slope, dispersion }: SelfImpacts,
  moments: RegressionMoments,
  { adv, isTape }: CalibrationParams,
): string[] {
  const idle = namesWithoutFlow(moments).length;
  const known = namesWithVolume(adv);
  const volume =
    known === moments.names
      ? isTape
        ? 'that of the tape'
        : 'adv of the universe'
      : `own flow${known > 0 ? ` (adv is missing for ${moments.names - known} of ${moments.names} names)` : ' (no adv given)'}`;
  const notes = isDrawn
    ? [
        `self impacts borrow from each other: they go with (volatility / volume)^${slope.toFixed(2)} but for a factor of ${exp(dispersion).toFixed(2)}, volume is ${volume}`,
      ]
    : ['too few names with flow to learn from each other: self impacts are as measured'];
  if (idle > 0) notes.push(`${idle} names had no flow; their self impact is what the others make expect`);
  return notes;
}

function weightNotes({ reason }: ResidualWeights): string[] {
  return reason ? [`residuals are weighed by their variances alone: ${reason}`] : [];
}

const LABELS_SHOWN = 3;

/** Folds that have no say, and names that one group of folds alone speaks for. */
function foldNotes(folds: readonly Fold[], outs: readonly LeaveOut[]): string[] {
  const empty = folds.filter((fold) => !(fold.buckets > 0)).map((fold) => fold.label);
  const shown = (labels: readonly string[]) =>
    `${labels.slice(0, LABELS_SHOWN).join(', ')}${labels.length > LABELS_SHOWN ? ', …' : ''}`;
  const notes =
    empty.length > 0
      ? [`${empty.length} of ${folds.length} folds have no usable bucket and take no part: ${shown(empty)}`]
      : [];
  const singular = outs.filter((out) => out.silenced.length > 0);
  if (singular.length > 0) {
    const names = new Set(singular.flatMap((out) => out.silenced)).size;
    notes.push(
      `${names} names trade in one group of folds only (${shown(singular.map((out) => out.label))}): the errors of their links are not to be relied on`,
    );
  }
  return notes;
}

function solverNotes({ converged, optimalityResidual }: PenalisedEstimate): string[] {
  if (converged) return [];
  return [
    `the penalised problem was not solved to ${ACCEPTED_RESIDUAL}: its optimality residual is ${optimalityResidual.toExponential(1)}`,
  ];
}

function peerNotes(peers: readonly string[], { target }: CalibrationParams): string[] {
  if (target === 'none') return [];
  const sizes = new Map<string, number>();
  for (const peer of peers) sizes.set(peer, (sizes.get(peer) ?? 0) + 1);
  const alone = [...sizes].filter(([, size]) => size === 1).map(([name]) => name);
  const notes =
    target === 'clusters'
      ? [
          sizes.size > 1
            ? `links are shrunk towards ${sizes.size} clusters found in the residual moves`
            : 'no clusters can be told apart in the residual moves: links are shrunk towards one mean',
        ]
      : [];
  if (alone.length > 0 && sizes.size > 1)
    notes.push(`one name only in ${alone.join(', ')}: no link inside, those to others borrow from the market mean`);
  return notes;
}
