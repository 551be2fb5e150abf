import type { DayWith } from '../../model/buckets.js';
import { XimError } from '../../model/failure.js';
import { depthFields } from '../../model/flowTransform.js';
import type { ReplayedBaskets, ScheduleReplayOutcome } from '../../model/scheduleReplay.js';
import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { NumericalError } from '../../numerics/failure.js';
import { randomStream } from '../../numerics/random.js';
import { predictMoves } from '../../stages/replay/replay.js';
import type { ExecutedBasket } from '../../stages/scheduleReplay/basket.js';
import { judgeReplay } from '../../stages/scheduleReplay/judge.js';
import { volumeOf } from '../../stages/scheduleReplay/marketVolume.js';
import { type ReplayedBasket, replayBasket } from '../../stages/scheduleReplay/replayBasket.js';
import { residualMid } from '../../stages/scheduleReplay/residualMid.js';
import { type ReplaySide, replaySides, unsplittable } from '../../stages/scheduleReplay/sides.js';
import { executedBaskets, type FoundBaskets } from '../../stages/scorecard/executedBaskets.js';
import { emptyLog } from '../../stages/scorecard/issues.js';
import type { WalkForwardParams } from '../../stages/validate/trainedModels.js';
import type { Outcome } from '../calibration/calibrateWindow.js';
import type { AlignContext } from '../window/alignKey.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import { limitsOf } from '../window/limits.js';
import { readOrders } from './scorecardDay.js';

/** Baskets that are worked anew, at most, and numbers that are kept of all of them: 200 MB. */
const MAX_BASKETS = 40;
const MAX_KEPT = 2.5e7;
/** Seed of the draw, the same for every window. */
const SEED = 7;

/** Would cross-aware scheduling have paid for the baskets of the window? (MODEL §7b) One day is in memory at a time. */
export async function replayedSchedules(
  context: AlignContext,
  outcome: Outcome,
  moments: CalibrationWindow,
  announce: (text: string) => void,
): Promise<ScheduleReplayOutcome> {
  const { byDate, dates } = context.inputs;
  const withParents = dates.filter((date) => byDate.get(date)!.has('parents'));
  if (withParents.length === 0) return { notApplicable: 'no parents dataset on the days of the window' };
  const params = paramsOf(context, outcome, moments);
  const reason = inapplicable(outcome, moments, params);
  if (reason) return { notApplicable: reason };
  try {
    const found = await basketsOf(context, moments, withParents, announce);
    const counts = countsOf(found);
    const eligible = found.flatMap(({ baskets }) => baskets);
    if (counts.found === 0) return { notApplicable: 'no parent order has a basket_id' };
    const drawn = draw(eligible, outcome.decay.length);
    if (new Set(drawn.map(({ date }) => date)).size < 2)
      return { notApplicable: 'fewer than two days have a basket that can be worked anew', baskets: counts };
    announce('fit both halves of the days for a replay of schedules');
    const sides = replaySides(moments.folds, params);
    const replayed: ReplayedBasket[] = [];
    for (const [k, { report }] of moments.days.entries()) {
      const baskets = drawn.filter(({ date }) => date === report.date);
      const side = sides.find(({ days }) => days.includes(report.date));
      if (baskets.length === 0 || !side) continue;
      announce(`work ${baskets.length} baskets of ${report.date} anew`);
      replayed.push(...(await replayDay(moments, k, baskets, side, params, covarianceOf(outcome))));
    }
    const worked = {
      ...counts,
      replayed: replayed.length,
      notDrawn: eligible.length - replayed.length,
      unfinished: replayed.filter(({ isUnfinished }) => isUnfinished).length,
    };
    return judgeReplay(replayed, sides, worked, notesOf(worked, outcome, params));
  } catch (error) {
    // The calibration stands without it.
    if (error instanceof NumericalError || (error instanceof XimError && error.kind === 'data'))
      return { notApplicable: error.message };
    throw error;
  }
}

function paramsOf(
  { config }: AlignContext,
  { params, decay }: Outcome,
  { transform }: CalibrationWindow,
): WalkForwardParams {
  return { calibration: params, limits: limitsOf(config), decay, transform, groups: config.validate.folds };
}

function inapplicable(
  { constrained }: Outcome,
  { folds }: CalibrationWindow,
  params: WalkForwardParams,
): string | undefined {
  const reason = unsplittable(folds, params);
  if (reason) return reason;
  const { status } = constrained.full.certificate;
  return status === 'passed' ? undefined : `the certificate has ${status}: no schedule of such a model is best`;
}

/** Baskets of every day with parents; their fills and the flags of the day are read, no more. */
async function basketsOf(
  context: AlignContext,
  { days }: CalibrationWindow,
  dates: readonly string[],
  announce: (text: string) => void,
): Promise<FoundBaskets[]> {
  const found: FoundBaskets[] = [];
  for (const day of days) {
    const { date } = day.report;
    if (!dates.includes(date)) continue;
    announce(`baskets of ${date}`);
    const { names, parents, fills } = await readOrders(context, date, emptyLog());
    if (parents.some(({ basket }) => basket !== undefined))
      found.push(executedBaskets({ names, parents, fills, day: await day.read([]) }));
  }
  return found;
}

function countsOf(found: readonly FoundBaskets[]): ReplayedBaskets {
  const sum = (of: (day: FoundBaskets) => number) => found.reduce((total, day) => total + of(day), 0);
  return {
    found: sum((day) => day.found),
    ...{ replayed: 0, notDrawn: 0, unfinished: 0 },
    oneName: sum(({ setAside }) => setAside.oneName),
    unfilled: sum(({ setAside }) => setAside.unfilled),
    halted: sum(({ setAside }) => setAside.halted),
    acrossSessions: sum(({ setAside }) => setAside.acrossSessions),
    twoSided: sum(({ setAside }) => setAside.twoSided),
    tooShort: sum(({ setAside }) => setAside.tooShort),
  };
}

/** As many as may be worked anew, by a seed; all of them where they are few. */
function draw(baskets: readonly ExecutedBasket[], bases: number): ExecutedBasket[] {
  const random = randomStream(SEED);
  const order = baskets.map((basket) => ({ basket, at: random.uniform() })).sort((a, b) => a.at - b.at);
  let kept = 0;
  const drawn = order.slice(0, MAX_BASKETS).filter(({ basket }) => {
    kept += 4 * bases * squared(basket.names.length);
    return kept <= MAX_KEPT;
  });
  return baskets.filter((basket) => drawn.some((each) => each.basket === basket));
}

async function replayDay(
  { days, transform }: CalibrationWindow,
  k: number,
  baskets: readonly ExecutedBasket[],
  { model, propagator }: ReplaySide,
  { decay, calibration }: WalkForwardParams,
  covariance: DenseMatrix,
): Promise<ReplayedBasket[]> {
  const day: DayWith<'moveBps' | 'volume'> = await days[k].read(['moveBps', 'volume', ...depthFields(transform)]);
  const moves = calibration.defactor.derived
    ? undefined
    : predictMoves(day, model, { decay, transform, fromBucket: 0 });
  return baskets.map((basket) =>
    replayBasket(
      basket,
      { volume: volumeOf(day, basket), residualBps: moves && residualMid(moves, basket) },
      propagator,
      covariance,
    ),
  );
}

/** Of the moves as they are, bps² a bucket. */
const covarianceOf = ({ total: { rr, jointlyObserved } }: Outcome): DenseMatrix =>
  mapEntries(rr, (value, i, j) => value / Math.max(1, jointlyObserved.data[i * rr.cols + j]));

function notesOf(
  { unfinished, notDrawn, replayed }: ReplayedBaskets,
  { constrained }: Outcome,
  { calibration, transform }: WalkForwardParams,
): string[] {
  return [
    ...(unfinished > 0 ? [`${unfinished} baskets were not filled in full; they are worked anew for what was`] : []),
    ...(notDrawn > 0 ? [`${replayed} baskets were drawn by a seed; ${notDrawn} more are not worked anew`] : []),
    ...(calibration.kernelForm === 'scalar'
      ? ['links decay as self impact does (fit.kernel.form: scalar): being aware of them hardly changes a schedule']
      : []),
    ...(constrained.full.concave
      ? [
          'schedules are those of the concave model; savings are judged by lines through held-out moves, which see its secants',
        ]
      : []),
    ...(transform.liquidity > 0 ? ['schedules and savings are at the depth that is usual'] : []),
    ...(calibration.defactor.derived ? ['factors are derived name by name: timing and slope are not told'] : []),
  ];
}
