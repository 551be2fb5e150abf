import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { encodeMoments, holdsMoments, storedMoments } from '../../io/momentsFile.js';
import { selectBases } from '../../model/bases.js';
import type { DayMoves } from '../../model/buckets.js';
import { durationNs } from '../../model/duration.js';
import { dataError } from '../../model/failure.js';
import { decays, type KernelBasis } from '../../model/kernel.js';
import { METHOD_VERSION } from '../../model/manifest.js';
import { type Fold, sumMoments, throughChange } from '../../model/moments.js';
import { type AccumulateParams, accumulateDay } from '../../stages/fit/accumulate.js';
import { CANDIDATE_BUCKETS, chooseTimeConstants } from '../../stages/fit/timeConstants.js';
import { publishFolder, writeAtomically } from '../../store/atomic.js';
import { stageFolder, stageKey } from '../../store/store.js';
import { type AlignedDay, type AlignReport, alignDay } from './alignDay.js';
import { type AlignContext, alignKey, gridOf } from './alignKey.js';
import type { Champion } from './champion.js';
import { refuseMemory, type WorkSize } from './memory.js';

/** Of the cached files. */
const MOMENTS_LAYOUT = 2;

/** With fewer days than this, folds are stretches of time inside each session. */
const MIN_DAYS_FOR_DAY_FOLDS = 5;

export interface ConcavityScore {
  readonly concavity: number;
  /** Squared error on held-out folds in units of residual variance, per bucket. */
  readonly error: number;
}

export interface TauScore {
  readonly tauSeconds: readonly number[];
  /** Squared error of self impact on held-out folds in units of residual variance. */
  readonly error: number;
}

export interface CalibrationWindow {
  readonly folds: readonly Fold[];
  readonly reports: readonly AlignReport[];
  /** The days of the window, for what needs their buckets. */
  readonly days: readonly AlignedDay[];
  readonly lastDay: AlignedDay;
  readonly foldsPerDay: 'day' | number;
  /** c of MODEL §2, as configured or as chosen. */
  readonly concavity: number;
  /** Cross-validated errors of the candidates; empty where c was configured. */
  readonly concavityPath: readonly ConcavityScore[];
  /** Time constants of the bases in the folds, as configured or as chosen. */
  readonly basis: KernelBasis;
  /** How they were chosen: what each step of the selection had, and its held-out error. Empty where they were configured. */
  readonly tauPath: readonly TauScore[];
  /** What the turnover penalty pulls towards. */
  readonly champion?: Champion | undefined;
}

/** The configured time constants, or all that `auto` chooses from. */
function configuredBasis({ fit, align }: Config): KernelBasis {
  const bucketMs = durationNs(align.bucket) / 1e6;
  const { tau } = fit.kernel;
  const tauSeconds =
    tau === 'auto'
      ? CANDIDATE_BUCKETS.map((buckets) => (buckets * bucketMs) / 1000)
      : tau.map((t) => (t === 'permanent' ? Number.POSITIVE_INFINITY : durationNs(t) / 1e9));
  return { bucketMs, tauSeconds };
}

export function foldBuckets(config: Config, days: number): number | 'day' {
  return days >= MIN_DAYS_FOR_DAY_FOLDS
    ? 'day'
    : Math.max(1, Math.round(durationNs(config.fit.fold) / durationNs(config.align.bucket)));
}

/** Moments of every day of the window, each from its cache or from its buckets; one new day a night. */
export async function calibrationWindow(
  context: AlignContext,
  concavity: number,
  announce: (text: string) => void,
): Promise<CalibrationWindow> {
  const { dates, champion } = context.inputs;
  const folds: Fold[] = [];
  const days: AlignedDay[] = [];
  const reports: AlignReport[] = [];
  const basis = configuredBasis(context.config);
  const length = foldBuckets(context.config, dates.length);
  const params = { decay: decays(basis), concavity, foldBuckets: length };
  refuseMemory(context.config, workSize(context, length));
  for (const [k, date] of dates.entries()) {
    announce(`align ${date} (${k + 1} of ${dates.length})`);
    const { fresh, ...day } = await alignDay(context, date);
    days.push(day);
    reports.push(day.report);
    refuseOtherFactors(reports[0], day.report);
    const weight = ageWeight(context.config, dates.length - 1 - k);
    for (const fold of await dayMoments({ context, date, day, fresh, params }))
      folds.push(weight === 1 ? fold : weighted(fold, weight));
  }
  const moments = {
    folds,
    reports,
    days,
    lastDay: days.at(-1)!,
    foldsPerDay: length,
    concavity,
    concavityPath: [],
    basis,
    tauPath: [],
    champion,
  };
  return context.config.fit.kernel.tau === 'auto' ? withChosenBases(context.config, moments) : moments;
}

/** Factors, which are few, are not counted. */
function workSize({ config, names, inputs }: AlignContext, length: number | 'day'): WorkSize {
  const { buckets } = gridOf(config, inputs.dates[0]);
  const folds = inputs.dates.length * (length === 'day' ? 1 : Math.ceil(buckets / length));
  return { names: names.length, factors: 0, bases: configuredBasis(config).tauSeconds.length, buckets, folds };
}

/** Keeps the time constants that held-out folds support. The moments of all candidates stay cached. */
function withChosenBases({ defactor }: Config, moments: CalibrationWindow): CalibrationWindow {
  const { folds, basis } = moments;
  const controls = { residualize: defactor.residualize, ridge: defactor.ridge, derived: false, blocks: [] };
  const steps = chooseTimeConstants(folds, controls);
  const chosen = steps.at(-1)!.bases;
  const seconds = (bases: readonly number[]) => bases.map((p) => basis.tauSeconds[p]);
  return {
    ...moments,
    folds: folds.map((fold) =>
      throughChange(fold, (whole) => selectBases(whole, chosen), { ...fold, bases: chosen.length }),
    ),
    basis: { ...basis, tauSeconds: seconds(chosen) },
    tauPath: steps
      .filter(({ error }) => Number.isFinite(error))
      .map(({ bases, error }) => ({ tauSeconds: seconds(bases), error })),
  };
}

/** Moments add up by position, so every day must have the same factors. */
function refuseOtherFactors(first: AlignReport, day: AlignReport): void {
  if (JSON.stringify(first.factors) === JSON.stringify(day.factors)) return;
  throw dataError(
    `factors of ${day.date} are ${day.factors.join(', ')}; those of ${first.date} are ${first.factors.join(', ')}`,
    'give every day of the window the same factors, or shorten fit.window',
  );
}

interface DaySource {
  readonly context: AlignContext;
  readonly date: string;
  readonly day: AlignedDay;
  /** The buckets themselves, where they have just been made. */
  readonly fresh: DayMoves | undefined;
  readonly params: AccumulateParams;
}

/** From the cache, or summed and cached. */
async function dayMoments({ context, date, day, fresh, params }: DaySource): Promise<Fold[]> {
  const { config } = context;
  const key = stageKey({
    METHOD_VERSION,
    layout: MOMENTS_LAYOUT,
    align: alignKey(context, date),
    ...params,
    decay: Array.from(params.decay),
  });
  const folder = stageFolder(config.store, 'moments', key);
  if (holdsMoments(folder)) return storedMoments(folder);
  const folds = accumulateDay(fresh ?? (await day.read(['moveBps'])), params);
  await publishFolder(folder, async (temporary) => {
    for (const { name, bytes } of encodeMoments(folds)) writeAtomically(join(temporary, name), bytes);
  });
  return storedMoments(folder);
}

function ageWeight({ fit }: Config, ageDays: number): number {
  return fit.half_life === 'none' ? 1 : 0.5 ** (ageDays / Number.parseInt(fit.half_life, 10));
}

const weighted = (fold: Fold, weight: number): Fold => {
  const change = throughChange(fold, (moments) => ({ ...sumMoments([moments], [weight]), label: fold.label }));
  return { ...change, buckets: weight * fold.buckets };
};
