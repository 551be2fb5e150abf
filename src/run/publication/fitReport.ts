import type { ReportAdmission, ReportName, ReportScores, ReportShrinkage } from '../../report/reportData.js';
import type { OutOfSample } from '../../stages/validate/walkForward.js';
import type { Outcome } from '../calibration/calibrateWindow.js';
import type { Publication } from './publication.js';

/** What the report says of the fit: names, scores, shrinkage and what the constraints cost. */

export function nameReport({ outcome, moments }: Publication): ReportName[] {
  const { calibration, constrained, costOfConstraints, factors, names } = outcome;
  const n = names.length;
  const missing = (i: number) =>
    moments.reports.reduce((sum, report) => sum + report.coverage[i].missingShare, 0) / moments.reports.length;
  return names.map((name, i) => ({
    symbol: name.symbol,
    block: name.block,
    selfImpact: constrained.full.K.data[i * n + i],
    selfImpactError: calibration.estimate.standardErrors.data[i * n + i] || null,
    residualVolBps: calibration.estimate.residualVolBps[i],
    factorR2: factors.names[i].r2,
    flowFactorR2: factors.names[i].flowR2,
    missingShare: missing(i),
    rowMoved: costOfConstraints.rowMoves[i],
    loadings: factors.names[i].loadings,
    loadingErrors: factors.names[i].loadingErrors,
  }));
}

export function scoreReport(scores: OutOfSample | undefined): ReportScores | null {
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

export function shrinkageReport({ calibration, meanLinks, names }: Outcome): ReportShrinkage {
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

export function admissionReport({ constrained, costOfConstraints, outOfSample }: Outcome): ReportAdmission {
  const { inSample, asymmetry } = costOfConstraints;
  return {
    steps: constrained.steps.map(({ constraint }, s) => ({
      constraint,
      inSample: inSample[s],
      outOfSample: outOfSample?.steps[s] ?? null,
    })),
    asymmetry: { ratio: asymmetry.ratio ?? null, bound: asymmetry.bound },
  };
}
