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
    selfImpactError: calibration.standardErrors.data[i * n + i],
    residualVolBps: calibration.residualVolBps[i],
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
  return {
    lambda: calibration.lambda,
    lambdaPath: calibration.lambdaPath,
    intensity: calibration.intensity,
    marketMean: calibration.blocks?.marketMean ?? null,
    marketT: calibration.blocks?.marketT ?? null,
    optimalityResidual: calibration.optimalityResidual,
    tailIsCut: calibration.tailIsCut,
    tailLinks: calibration.tailLinks,
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
