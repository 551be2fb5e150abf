import { XimError } from '../../model/failure.js';
import type { ScheduleReplayOutcome } from '../../model/scheduleReplay.js';
import { inapplicableGates } from '../../stages/scorecard/promotionGates.js';
import type { Outcome } from '../calibration/calibrateWindow.js';
import type { AlignContext } from '../window/alignKey.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import { outcomePriceModel } from './priceModel.js';
import { type ScorecardReport, scoreDates } from './scorecardDates.js';

/** Everything a version holds, before it is written. */
export interface ScoredOutcome extends Outcome {
  /** Costs of the parent orders of the window, where there are any. */
  readonly scorecard?: ScorecardReport;
  /** What cross-aware schedules of its baskets would have saved. */
  readonly scheduleReplay?: ScheduleReplayOutcome;
}

/** What the orders of the window cost, judged by the model that was just fitted, and the gates that follow from it. */
export async function scoreOutcome(
  context: AlignContext,
  outcome: Outcome,
  moments: CalibrationWindow,
  announce: (text: string) => void,
): Promise<ScoredOutcome> {
  const { byDate, dates } = context.inputs;
  const scored = dates.filter((date) => byDate.get(date)!.has('parents'));
  if (scored.length === 0)
    return {
      ...outcome,
      gates: [...outcome.gates, ...inapplicableGates('no parents dataset on the days of the window')],
    };
  const judge = { version: null, stored: outcomePriceModel(outcome, moments) };
  try {
    const report = await scoreDates({ ...context, inputs: { ...context.inputs, dates: scored } }, judge, announce);
    return { ...outcome, scorecard: report, gates: [...outcome.gates, ...report.scorecard.gates] };
  } catch (error) {
    // Orders that cannot be used stop a promotion; the calibration does not depend on them.
    if (!(error instanceof XimError && error.kind === 'data')) throw error;
    const gates = inapplicableGates(error.message).map((gate) => ({ ...gate, verdict: 'not enough data' as const }));
    return { ...outcome, gates: [...outcome.gates, ...gates] };
  }
}
