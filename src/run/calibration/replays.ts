import type { Config } from '../../config/schema.js';
import type { DayMoves, DayWith } from '../../model/buckets.js';
import { durationNs } from '../../model/duration.js';
import { depthFields, type FlowTransform } from '../../model/flowTransform.js';
import type { BucketGrid } from '../../model/grid.js';
import type { GuardrailHistory } from '../../model/guardrails.js';
import type { Fold } from '../../model/moments.js';
import { diagonalOf } from '../../numerics/dense.js';
import { bucketMultipliers, guardrailDay } from '../../stages/guardrails/guardrailDay.js';
import { guardrailHistory } from '../../stages/guardrails/history.js';
import { thresholdsOf } from '../../stages/guardrails/thresholds.js';
import { type HorizonScore, scoreHorizons } from '../../stages/replay/horizonScores.js';
import { asPredicted, type LagPoint, lagResponse } from '../../stages/replay/lagResponse.js';
import type { MarketStates } from '../../stages/replay/marketStates.js';
import { type RegimeSample, type RegimeTable, regimeSample, regimeTable } from '../../stages/replay/regimes.js';
import { type PredictedMoves, predictMoves, type Replay, replayDay } from '../../stages/replay/replay.js';
import { type ResponseCurve, responseCurves } from '../../stages/replay/responseCurve.js';
import type { TrainedModel, WalkForwardParams } from '../../stages/validate/trainedModels.js';
import type { Validation } from '../../stages/validate/walkForward.js';
import type { AlignedDay } from '../window/alignDay.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import { STATE_FIELDS } from '../window/dayStates.js';

/** Market columns that states of the market, and what may go wrong with a day, need beside its moves. */
const KEPT = [...STATE_FIELDS, 'quoteAgeMs'] as const;

/** Days before the last one that are replayed too. */
const EARLIER_DAYS = 3;

/** A window whose days have more cells than this keeps the last one alone in memory: each takes a hundred bytes a cell. */
const MOST_CELLS = 4e6;

/** The columns of a day that is kept, and the states of its market: what a replay needs, before there is a model. */
export interface DayToReplay {
  readonly day: DayWith<(typeof KEPT)[number]>;
  readonly states: MarketStates;
}

/** The last day of a window. */
export const lastDayToReplay = ({ days, transform }: CalibrationWindow): Promise<DayToReplay> =>
  dayToReplay(days[days.length - 1], transform);

async function dayToReplay(aligned: AlignedDay, transform: FlowTransform): Promise<DayToReplay> {
  const day: DayToReplay['day'] = await aligned.read([...KEPT, ...depthFields(transform)]);
  return { day, states: await aligned.states(day) };
}

/** A day as it was, and as a model said it would be that had not seen it. */
export interface KeptDay extends DayToReplay {
  readonly replay: Replay;
  readonly model: TrainedModel;
  readonly fromBucket: number;
}

/** What days say bucket by bucket. */
export interface Replays {
  readonly horizons: readonly HorizonScore[];
  readonly lagResponse: readonly LagPoint[];
  /** The same of what a concave model says, whose decay differs by the size of flow; empty for a linear one. */
  readonly predictedLags: readonly LagPoint[];
  /** Moves on the size of own flow, by name, on the last day. */
  readonly responseCurves: readonly ResponseCurve[];
  readonly regimes: RegimeTable;
  readonly samples: readonly RegimeSample[];
  readonly guardrailHistory: GuardrailHistory;
  /** The last days, as many as memory allows. */
  readonly kept: readonly KeptDay[];
}

interface ReplayInput {
  readonly config: Config;
  readonly moments: CalibrationWindow;
  readonly walk: WalkForwardParams;
  readonly models: Validation['models'];
  /** What `guardrails.basket_cap: auto` stands for. */
  readonly basketCap: number;
  /** Of the window's last day. */
  readonly grid: BucketGrid;
  readonly announce: (text: string) => void;
  /** The last day, where it was read ahead. */
  readonly last?: Promise<DayToReplay> | undefined;
}

/**
 * Replays the last days of the window, each with the newest model of the walk that has not seen it; a window whose folds are
 * parts of days, with its first model, from where that one's folds end.
 */
export async function replayDays(input: ReplayInput): Promise<Replays> {
  const { config, moments, walk, models, grid, announce } = input;
  const { folds, days, foldsPerDay } = moments;
  const counts = [...models.keys()].sort((a, b) => a - b);
  const params = { decay: walk.decay, transform: walk.transform };
  const keepsAll = Math.max(...days.map(({ report }) => report.buckets)) * folds[0].names <= MOST_CELLS;
  const samples: RegimeSample[] = [];
  const kept: KeptDay[] = [];
  let moves: PredictedMoves | undefined;
  const first = foldsPerDay === 'day' ? Math.max(0, days.length - 1 - EARLIER_DAYS) : days.length - 1;
  for (let d = first; d < days.length; d++) {
    const start = startOf(moments, counts, d, grid);
    if (!start) continue;
    const model = models.get(start.trainingFolds)!;
    const { fromBucket } = start;
    announce(`replay ${days[d].report.date}`);
    const depth = depthFields(walk.transform);
    const scored = { ...params, fromBucket };
    if (keepsAll || d === days.length - 1) {
      const ahead = d === days.length - 1 ? input.last : undefined;
      const { day, states } = await (ahead ?? dayToReplay(days[d], walk.transform));
      const replay = replayDay(day, model, scored, moves);
      samples.push(regimeSample(day.grid, states, replay, fromBucket));
      kept.push({ day, replay, model, fromBucket, states });
    } else {
      const states = await days[d].states();
      const day: DayMoves = await days[d].read(['moveBps', ...depth]);
      moves = predictMoves(day, model, scored, moves);
      samples.push(regimeSample(day.grid, states, moves, fromBucket));
    }
  }
  const last = kept[kept.length - 1];
  const self = last.model.linearSelf ?? diagonalOf(last.model.K);
  const lags = (replay: Replay) => lagResponse(last.day, replay, self, { ...params, fromBucket: last.fromBucket });
  return {
    horizons: scoreHorizons(last.replay, last.fromBucket, horizonsOf(config, grid)),
    lagResponse: lags(last.replay),
    predictedLags: last.model.concave ? lags(asPredicted(last.replay)) : [],
    responseCurves: responseCurves(last.day, last.replay, last.model, walk.transform),
    regimes: regimeTable(samples),
    samples,
    guardrailHistory: history(input, kept, samples, keepsAll),
    kept,
  };
}

/** The model that replays a day, by the number of its training folds, and from where on; none where all have seen it. */
function startOf(
  { folds, foldsPerDay, days }: CalibrationWindow,
  counts: readonly number[],
  d: number,
  grid: BucketGrid,
): { readonly trainingFolds: number; readonly fromBucket: number } | undefined {
  const { date } = days[d].report;
  const before = foldsPerDay === 'day' ? d : folds.filter((fold) => !fold.label.startsWith(date)).length;
  const trainingFolds = counts.filter((count) => count <= before).at(-1);
  if (trainingFolds !== undefined) return { trainingFolds, fromBucket: 0 };
  if (foldsPerDay === 'day') return undefined;
  return { trainingFolds: counts[0], fromBucket: foldStart(folds[counts[0]], grid) };
}

/** First bucket of a fold inside a day; its label ends in session and offset. */
function foldStart(fold: Fold, grid: BucketGrid): number {
  const [, session, offset] = fold.label.split('/').map(Number);
  return grid.sessions[session].firstBucket + offset;
}

function horizonsOf({ align }: Config, { bucketNs }: BucketGrid) {
  const labels = [align.bucket, ...align.markouts].map((label) => ({
    label,
    buckets: Math.round(durationNs(label) / bucketNs),
  }));
  return labels.filter(
    ({ buckets }, k) => buckets >= 1 && labels.findIndex((other) => other.buckets === buckets) === k,
  );
}

/** Multipliers are those of the days before; the first kept day may have none to go by. */
function history(
  { config, walk, basketCap }: ReplayInput,
  kept: readonly KeptDay[],
  samples: readonly RegimeSample[],
  withBlocks: boolean,
): GuardrailHistory {
  const { calibration, decay, transform } = walk;
  const [{ day }] = kept;
  const blocks = withBlocks ? calibration.defactor.blocks : undefined;
  const earlier = samples.length - kept.length;
  const historical = kept.map(({ day: each, replay, model, fromBucket, states }, k) => {
    const known = samples.slice(0, earlier + k);
    return {
      ...guardrailDay(each, replay, model, { decay, transform, fromBucket }, blocks),
      units: config.align.units,
      ...(known.length > 0 ? { multiplier: bucketMultipliers(states, regimeTable(known)) } : {}),
    };
  });
  return guardrailHistory(
    historical,
    thresholdsOf(config.guardrails, day.grid.bucketNs / 1e6, { basketCap, links: 'live' }),
  );
}
