import { methodConfig } from '../../config/methodConfig.js';
import type { Config } from '../../config/schema.js';
import { gatesPass } from '../../model/gate.js';
import { METHOD_VERSION } from '../../model/manifest.js';
import type { Regimes } from '../../model/regimes.js';
import type { ReportData } from '../../report/reportData.js';
import { verdictOf } from '../../stages/validate/verdict.js';
import { type Outcome, UNSCORED } from '../calibration/calibrateWindow.js';
import type { ScoredOutcome } from '../orders/scoreOutcome.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import { championMatrix } from '../window/champion.js';
import { type ConstrainedMatrix, constraintReport } from './constraintReport.js';
import { dataQuality, leadLag, leadLagMap, manifestInputs, notesOf } from './dataReport.js';
import { concaveReport, familyReport, responseReport } from './familyReport.js';
import { admissionReport, nameReport, scoreReport, shrinkageReport } from './fitReport.js';
import { kernelReport } from './kernelReport.js';
import { linksReport } from './linksReport.js';
import type { Publication } from './publication.js';

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
    basketCap: outcome.basketCap,
    ...(moments.champion ? { championK: championMatrix(moments.champion, names) } : {}),
  };
}

/** The outcome of a run as the plain data that reports and manifest are written from, in the order of `report.json`. */
export function reportData(publication: Publication): ReportData {
  const { config, asof, outcome, moments, packageVersion } = publication;
  return {
    model: config.model,
    asof,
    window: windowReport(moments),
    effectiveBuckets: outcome.calibration.effectiveBuckets,
    basketCosts: outcome.basketCosts,
    referenceOrders: outcome.referenceOrders,
    verdict: verdict(config, outcome),
    gates: outcome.gates,
    ...linksReport(publication),
    names: nameReport(publication),
    ...constraintReport(constrainedMatrix(publication)),
    kernel: kernelReport(publication),
    ...shapeOfImpact(publication),
    scores: scoreReport(outcome.outOfSample),
    holdOut: scoreReport(outcome.holdOut),
    horizons: outcome.horizons.map(({ buckets: _buckets, ...score }) => score),
    shrinkage: shrinkageReport(outcome),
    admission: admissionReport(outcome),
    scorecard: scorecardReport(outcome),
    ...(outcome.scheduleReplay ? { scheduleReplay: outcome.scheduleReplay } : {}),
    guardrailHistory: guardrailHistory(outcome, moments),
    diagnoses: outcome.diagnoses,
    regimes: { ...regimeEntries(outcome), cells: outcome.regimes?.cells ?? [] },
    factors: factorReport(outcome, moments),
    dataQuality: dataQuality(moments),
    leadLag: leadLag(moments),
    leadLagMap: leadLagMap(moments),
    notes: notesOf(publication),
    inputs: manifestInputs(publication),
    producer: { name: 'xim', packageVersion, methodVersion: METHOD_VERSION },
    config: methodConfig(config),
  };
}

function shapeOfImpact(publication: Publication): Pick<ReportData, 'families' | 'concave' | 'responses'> {
  const [families, concave] = [familyReport(publication), concaveReport(publication)];
  return { ...(families ? { families } : {}), ...(concave ? { concave } : {}), responses: responseReport(publication) };
}

function windowReport({ reports, folds }: CalibrationWindow): ReportData['window'] {
  const buckets = folds.reduce((sum, fold) => sum + fold.buckets, 0);
  return { dates: reports.map((report) => report.date), folds: folds.length, buckets };
}

function verdict(config: Config, { gates, outOfSample, identification }: Outcome): ReportData['verdict'] {
  const evidence = { outOfSample: outOfSample ?? UNSCORED, identification };
  return { gates: gatesPass(gates) ? 'passed' : 'failed', ...verdictOf(gates, evidence, config.validate.gates) };
}

const scorecardReport = ({ scorecard: scored }: ScoredOutcome): ReportData['scorecard'] =>
  scored ? { ...scored.scorecard, issues: scored.issues } : null;

const guardrailHistory = (
  { guardrailHistory: history }: Outcome,
  { basis }: CalibrationWindow,
): ReportData['guardrailHistory'] => (history ? { bucketMs: basis.bucketMs, ...history } : null);

function regimeEntries({ regimes }: Outcome): Regimes {
  if (!regimes) return { edges: {}, multipliers: [{ cell: 'all', multiplier: 1 }] };
  const { spread, volatility, crowding } = regimes.edges;
  return {
    edges: { spread: [spread], volatility: [volatility], crowding: [crowding] },
    multipliers: regimes.cells.map(({ cell, multiplier }) => ({ cell, multiplier })),
  };
}

function factorReport({ factors }: Outcome, { reports }: CalibrationWindow): ReportData['factors'] {
  const { factors: names } = reports[reports.length - 1];
  const { largestResidualCorrelation } = factors;
  return { names, largestResidualCorrelation, note: factorNote(factors, names) };
}

function factorNote(
  { rank, controls, largestResidualCorrelation }: Outcome['factors'],
  names: readonly string[],
): string {
  if (names.length === 0) return 'No given factors.';
  const largest = largestResidualCorrelation.toExponential(1);
  const correlation = `Largest correlation left between a residual move and a factor: ${largest}.`;
  const note = `Factors: ${names.join(', ')}. ${correlation}`;
  return rank < controls ? `${note} Only ${rank} of ${controls} controls are independent.` : note;
}
