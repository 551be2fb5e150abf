import { type Config, methodConfig } from '../../config/schema.js';
import { gatesPass } from '../../model/gate.js';
import { kernelCurve } from '../../model/kernel.js';
import { traceShares } from '../../model/kernelParts.js';
import { type ManifestInput, METHOD_VERSION } from '../../model/manifest.js';
import type { Regimes } from '../../model/regimes.js';
import type { ReportData, ReportScores } from '../../report/reportData.js';
import { verdictOf } from '../../stages/validate/verdict.js';
import type { OutOfSample } from '../../stages/validate/walkForward.js';
import type { Outcome } from '../calibration/calibrateWindow.js';
import { UNSCORED } from '../calibration/calibrateWindow.js';
import { gateRules } from '../calibration/gateRules.js';
import type { ScoredOutcome } from '../orders/scoreOutcome.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import { championMatrix } from '../window/champion.js';
import type { Inputs } from '../window/inputs.js';
import { type ConstrainedMatrix, constraintReport } from './constraintReport.js';

/** Everything that a version is made from. */
export interface Publication {
  readonly config: Config;
  readonly asof: string;
  readonly inputs: Inputs;
  readonly moments: CalibrationWindow;
  readonly outcome: ScoredOutcome;
  readonly packageVersion: string;
}

/** What constraints made of the outcome of a run. */
export function constrainedMatrix({ config, outcome, moments }: Publication): ConstrainedMatrix {
  const { calibration, constrained, guardrails, names } = outcome;
  return {
    symbols: names.map((name) => name.symbol),
    metric: config.constrain.metric,
    rawK: calibration.estimate.rawK.whole,
    shrunkK: calibration.K,
    constrained,
    guardrails,
    ...(moments.champion ? { championK: championMatrix(moments.champion, names) } : {}),
  };
}

/** The outcome of a run as the plain data that reports and manifest are written from. */
export function reportData(publication: Publication): ReportData {
  const { config, asof, outcome, moments, packageVersion } = publication;
  const { calibration, constrained, names } = outcome;
  const n = names.length;
  const buckets = moments.folds.reduce((sum, fold) => sum + fold.buckets, 0);
  const last = moments.reports.at(-1)!;
  const missing = (i: number) =>
    moments.reports.reduce((sum, report) => sum + report.coverage[i].missingShare, 0) / moments.reports.length;
  return {
    model: config.model,
    asof,
    window: { dates: moments.reports.map((report) => report.date), folds: moments.folds.length, buckets },
    effectiveBuckets: calibration.effectiveBuckets,
    basketCosts: outcome.basketCosts,
    verdict: {
      gates: gatesPass(outcome.gates) ? 'passed' : 'failed',
      ...verdictOf(outcome.gates, { ...outcome, outOfSample: outcome.outOfSample ?? UNSCORED }, gateRules(config)),
    },
    gates: outcome.gates,
    names: names.map((name, i) => ({
      symbol: name.symbol,
      block: name.block,
      selfImpact: constrained.full.K.data[i * n + i],
      selfImpactError: calibration.estimate.standardErrors.data[i * n + i] || null,
      residualVolBps: calibration.estimate.residualVolBps[i],
      factorR2: outcome.factors.names[i].r2,
      flowFactorR2: outcome.factors.names[i].flowR2,
      missingShare: missing(i),
      rowMoved: outcome.costOfConstraints.rowMoves[i],
      loadings: outcome.factors.names[i].loadings,
      loadingErrors: outcome.factors.names[i].loadingErrors,
    })),
    ...constraintReport(constrainedMatrix(publication)),
    kernel: kernelReport(publication),
    scores: scoreReport(outcome.outOfSample),
    holdOut: scoreReport(outcome.holdOut),
    horizons: outcome.horizons.map(({ label, fitted, own, calibrationSlope, windows }) => ({
      label,
      fitted,
      own,
      calibrationSlope,
      windows,
    })),
    shrinkage: shrinkageReport(outcome),
    admission: {
      steps: constrained.steps.map(({ constraint }, s) => ({
        constraint,
        inSample: outcome.costOfConstraints.inSample[s],
        outOfSample: outcome.outOfSample?.steps[s] ?? null,
      })),
      asymmetry: {
        ratio: outcome.costOfConstraints.asymmetry.ratio ?? null,
        bound: outcome.costOfConstraints.asymmetry.bound,
      },
    },
    scorecard: outcome.scorecard ? { ...outcome.scorecard.scorecard, issues: outcome.scorecard.issues } : null,
    guardrailHistory: outcome.guardrailHistory
      ? { bucketMs: moments.basis.bucketMs, ...outcome.guardrailHistory }
      : null,
    diagnoses: outcome.diagnoses,
    regimes: { ...regimeEntries(outcome), cells: outcome.regimes?.cells ?? [] },
    factors: {
      names: last.factors,
      largestResidualCorrelation: outcome.factors.largestResidualCorrelation,
      note: factorNote(outcome, last.factors),
    },
    dataQuality: moments.reports.flatMap((report) =>
      Object.entries(report.datasets).map(([dataset, d]) => ({
        date: report.date,
        dataset,
        rows: d.rows,
        used: d.used,
        quarantined: d.quarantined,
      })),
    ),
    leadLag: [...last.leadLag.pairs]
      .filter((pair) => pair.lagMs > 0)
      .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
      .slice(0, 20)
      .map((pair) => ({
        leader: pair.leader,
        follower: pair.follower,
        lagMs: pair.lagMs,
        correlation: pair.correlation,
        atZero: pair.correlationAtZero,
      })),
    notes: [
      ...publication.inputs.participation.notes,
      ...turnoverNotes(publication),
      ...calibration.notes,
      ...moments.reports.flatMap((report) => report.notes),
      ...silentDays(moments),
    ],
    inputs: manifestInputs(publication),
    producer: { name: 'xim', packageVersion, methodVersion: METHOD_VERSION },
    config: methodConfig(config),
  };
}

function turnoverNotes({ config, inputs }: Publication): string[] {
  if (config.fit.turnover === 0) return [];
  return inputs.champion
    ? [`links are drawn towards the champion ${inputs.champion.id.slice(0, 8)} with strength ${config.fit.turnover}`]
    : ['fit.turnover is set, but no version is champion yet: nothing to draw the links to'];
}

function silentDays({ reports }: CalibrationWindow): string[] {
  return reports.flatMap((report) => {
    const silent = report.coverage.filter((name) => name.quotes === 0).map((name) => name.symbol);
    return silent.length > 0 ? [`${report.date}: no quotes for ${silent.join(', ')}`] : [];
  });
}

function kernelReport({ config, moments, outcome }: Publication) {
  const { bucketMs, tauSeconds } = moments.basis;
  const labelled = (taus: readonly number[]) =>
    taus.map((tau) => (Number.isFinite(tau) ? tau : ('permanent' as const)));
  const { calibration, constrained } = outcome;
  const { parts } = constrained.full;
  const weights = parts ? traceShares(parts) : calibration.estimate.kernel.weights;
  const status = calibration.parts?.status ?? calibration.estimate.kernel.status;
  const longest = Math.max(60, ...tauSeconds.filter(Number.isFinite).map((tau) => 3 * tau));
  const steps = Math.ceil((longest * 1000) / bucketMs);
  const level = kernelCurve(outcome.decay, weights, steps + 1);
  const shownSteps = [...new Set(Array.from({ length: 121 }, (_, k) => Math.round(steps ** (k / 120))))];
  return {
    bucketMs,
    tauSeconds: labelled(tauSeconds),
    tauPath: moments.tauPath.map((step) => ({ tauSeconds: labelled(step.tauSeconds), error: step.loss })),
    bands: outcome.kernelBands.map(({ step, ...band }) => ({ seconds: (step * bucketMs) / 1000, ...band })),
    lags: outcome.lagResponse.map(({ to, level, low, high }) => ({
      seconds: (to * bucketMs) / 1000,
      level,
      ...(low === undefined || high === undefined ? {} : { low, high }),
    })),
    form: calibration.parts ? config.fit.kernel.form : 'scalar',
    weights: [...weights],
    modes: calibration.parts?.modes ?? [],
    strength: calibration.parts?.strength ?? null,
    strengthPath: calibration.parts?.strengthPath ?? [],
    concavity: moments.concavity,
    concavityPath: moments.concavityPath,
    status,
    curve: [
      { seconds: 0, level: level[0] },
      ...shownSteps.map((k) => ({ seconds: (k * bucketMs) / 1000, level: level[k] })),
    ],
  };
}

function scoreReport(scores: OutOfSample | undefined): ReportScores | null {
  if (!scores) return null;
  const entries = Object.entries(scores.scores);
  return {
    trainFolds: scores.trainFolds.length,
    testFolds: scores.testFolds.length,
    pooled: Object.fromEntries(entries.map(([model, score]) => [model, score.pooled])),
    perName: Object.fromEntries(entries.map(([model, score]) => [model, score.perName])),
    crossGain: scores.crossGain,
  };
}

function shrinkageReport({ calibration, meanLinks, names }: Outcome) {
  const n = names.length;
  const { shrinkage, tail } = calibration;
  return {
    lambda: shrinkage?.lambda ?? 0,
    lambdaPath: shrinkage?.lambdaPath ?? [],
    intensity: shrinkage?.intensity ?? 0,
    marketMean: shrinkage?.blocks?.marketMean ?? null,
    marketT: shrinkage?.blocks?.marketT ?? null,
    optimalityResidual: shrinkage?.optimalityResidual ?? 0,
    tailIsCut: tail?.isCut ?? false,
    tailLinks: tail?.links ?? 0,
    links: (n * (n - 1)) / 2,
    meanLinkWithFactors: meanLinks?.withFactors ?? null,
    meanLinkWithoutFactors: meanLinks?.withoutFactors ?? null,
  };
}

function regimeEntries({ regimes }: Outcome): Regimes {
  if (!regimes) return { edges: {}, multipliers: [{ cell: 'all', multiplier: 1 }] };
  const { spread, volatility, crowding } = regimes.edges;
  return {
    edges: { spread: [spread], volatility: [volatility], crowding: [crowding] },
    multipliers: regimes.cells.map(({ cell, multiplier }) => ({ cell, multiplier })),
  };
}

function factorNote({ factors }: Outcome, names: readonly string[]): string {
  if (names.length === 0) return 'No given factors.';
  const rank =
    factors.rank < factors.controls ? ` Only ${factors.rank} of ${factors.controls} controls are independent.` : '';
  return `Factors: ${names.join(', ')}. Largest correlation left between a residual move and a factor: ${factors.largestResidualCorrelation.toExponential(1)}.${rank}`;
}

function manifestInputs({ inputs, moments }: Publication): ManifestInput[] {
  const dated = inputs.dates.flatMap((date, k) =>
    [...inputs.byDate.get(date)!.values()]
      .flat()
      .map(({ dataset, sha256 }) => ({ dataset, date, sha256, rows: moments.reports[k].datasets[dataset]?.rows ?? 0 })),
  );
  const { sha256 } = inputs.universe;
  const fixed: ManifestInput[] = [{ dataset: 'universe', sha256, rows: moments.reports[0].symbols.length }];
  if (inputs.events)
    fixed.push({ dataset: 'events', sha256: inputs.events.sha256, rows: moments.reports[0].eventRows });
  if (inputs.champion)
    fixed.push({ dataset: 'champion', sha256: inputs.champion.id, rows: inputs.champion.symbols.length });
  return [...fixed, ...dated];
}
