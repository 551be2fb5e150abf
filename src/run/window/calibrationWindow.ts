import type { Config } from '../../config/schema.js';
import { dataError } from '../../model/failure.js';
import type { FlowTransform } from '../../model/flowTransform.js';
import { decays, type KernelBasis } from '../../model/kernel.js';
import { type Fold, sumMoments, throughChange } from '../../model/moments.js';
import { type OwnMoments, sumOwn } from '../../model/ownMoments.js';
import { scaledMoments, scaledOwnMoments } from '../../model/scaledMoments.js';
import { pow } from '../../numerics/elementary/elementary.js';
import type { AccumulateParams } from '../../stages/fit/accumulate.js';
import type { ConcaveParams } from '../../stages/fit/calibration.js';
import type { OwnWindow } from '../../stages/fit/decayProfile.js';
import type { ChosenFamily } from '../../stages/fit/family/familyChoice.js';
import type { FormChoice } from '../../stages/fit/form/formChoice.js';
import { formInWords, isToBeSaid } from '../../stages/fit/form/formWords.js';
import { forFlowTimes, type Portfolio } from '../../stages/fit/form/portfolios.js';
import { chooseKernel, type KernelChoice, ownProblem } from '../../stages/fit/kernelChoice.js';
import type { DayProfile } from '../../stages/schedule/dayProfile.js';
import { type AlignedDay, type AlignReport, alignDay } from './alignDay.js';
import { type AlignContext, gridOf } from './alignKey.js';
import type { Champion } from './champion.js';
import { dayDepth, dayMoments, dayOwnMoments, dayPortfolios } from './dayMoments.js';
import { type DepthOfWindow, depthOfWindow } from './depthOfWindow.js';
import { windowNotes } from './events.js';
import { refuseMemory, type WorkSize } from './memory.js';
import { overDays } from './oneDay.js';
import { profileDay } from './profileDay.js';
import { configuredBasis, configuredTaus, foldBuckets, gridBasis, longestSession } from './windowShape.js';

export interface ConcavityScore {
  readonly concavity: number;
  /** Squared error on held-out folds in units of residual variance, per bucket. */
  readonly error: number;
}

export interface TauStep {
  readonly tauSeconds: readonly number[];
  /** Squared error of self impact in units of residual variance, above that of the whole grid. */
  readonly loss: number;
}

export interface CalibrationWindow {
  readonly folds: readonly Fold[];
  readonly reports: readonly AlignReport[];
  /** The days of the window, for what needs their buckets. */
  readonly days: readonly AlignedDay[];
  readonly lastDay: AlignedDay;
  readonly foldsPerDay: 'day' | number;
  /** Buckets of the longest session of the window. */
  readonly sessionBuckets: number;
  /** As configured or as chosen, with the depth that is usual in the window. */
  readonly transform: FlowTransform;
  /** Cross-validated errors of the candidates; empty where c was configured. */
  readonly concavityPath: readonly ConcavityScore[];
  /** Time constants of the bases in the folds, as configured or as chosen. */
  readonly basis: KernelBasis;
  /** How they were chosen: what each step of the elimination had. Empty where they were configured. */
  readonly tauPath: readonly TauStep[];
  /** What the decay was chosen by, and what its intervals come from. */
  readonly own: OwnWindow;
  /** Shapes of concave terms, where the folds have their moments. */
  readonly concave?: ConcaveParams | undefined;
  /** How γ and the shape of impact were chosen. */
  readonly family?: ChosenFamily | undefined;
  /** How the form of the kernel was chosen; absent where it was given, and until it is. */
  readonly form?: FormChoice | undefined;
  /** Day by day, `D̄^γ` of each name; absent where flow is not scaled. */
  readonly depthScales?: readonly Float64Array[] | undefined;
  /** Day by day, volume, spreads and joint moves: what schedules need of the market. */
  readonly profiles: readonly (() => DayProfile)[];
  /** What is to be said of the days together. */
  readonly notes: readonly string[];
  /** What the turnover penalty pulls towards. */
  readonly champion?: Champion | undefined;
}

/** Moments of every day of the window, each from its cache or from its buckets; one new day a night. */
export async function calibrationWindow(
  context: AlignContext,
  transform: FlowTransform,
  announce: (text: string) => void,
): Promise<CalibrationWindow> {
  const { config, inputs } = context;
  const { dates, champion } = inputs;
  const length = foldBuckets(config, dates);
  const configured = configuredTaus(config.fit.kernel);
  const { days, own, depth, profiles } = await alignedDays(context, length, transform, announce);
  const steps = configured ? [] : chooseKernel(ownProblem(own.total));
  const tauSeconds = configured ?? secondsOf(own.basis, steps[steps.length - 1]);
  const basis = { bucketMs: own.basis.bucketMs, tauSeconds };
  refuseMemory(config, workSize(context, length, tauSeconds.length));
  const params = { decay: decays(basis), transform, foldBuckets: length };
  return {
    folds: await foldsOf(context, days, params, depth),
    reports: days.map(({ report }) => report),
    days,
    lastDay: days[days.length - 1],
    foldsPerDay: length,
    sessionBuckets: longestSession(config, dates),
    transform: depth.transform,
    depthScales: depth.scales,
    concavityPath: [],
    basis,
    tauPath: steps.map((step) => ({ tauSeconds: secondsOf(own.basis, step), loss: step.loss - steps[0].loss })),
    own,
    profiles,
    notes: [...windowNotes(context), ...depth.notes],
    champion,
  };
}

/** Moments of every day, at the depth that is usual and as their age weighs. */
async function foldsOf(
  context: AlignContext,
  days: readonly AlignedDay[],
  params: AccumulateParams,
  depth: Pick<DepthOfWindow, 'transform' | 'scales'>,
): Promise<Fold[]> {
  const { config, inputs } = context;
  const { dates } = inputs;
  const byDay = await overDays(inputs, async (date, k) => {
    const weight = ageWeight(config, dates.length - 1 - k);
    const folds = await dayMoments({ context, date, day: days[k], params });
    return folds.map((fold) => weighted(atUsualDepth(fold, depth, k), weight));
  });
  return byDay.flat();
}

/** What a day of the window is summed by. */
const paramsOf = ({ transform, foldsPerDay }: CalibrationWindow, basis: KernelBasis): AccumulateParams => ({
  decay: decays(basis),
  transform: { concavity: transform.concavity, liquidity: transform.liquidity },
  foldBuckets: foldsPerDay,
});

/** Folds of the window on other time constants. */
export function foldsOn(context: AlignContext, window: CalibrationWindow, basis: KernelBasis): Promise<Fold[]> {
  refuseMemory(context.config, workSize(context, window.foldsPerDay, basis.tauSeconds.length));
  const depth = { transform: window.transform, scales: window.depthScales };
  return foldsOf(context, window.days, paramsOf(window, basis), depth);
}

/** What the flow of portfolios says of their moves, on the whole grid of time constants, each day cached like the others. */
export async function portfolioWindow(
  context: AlignContext,
  window: CalibrationWindow,
  portfolios: readonly Portfolio[],
  announce: (text: string) => void,
): Promise<OwnWindow> {
  const { config, inputs } = context;
  const { basis } = window.own;
  const params = paramsOf(window, basis);
  const folds: OwnMoments[] = [];
  for (const [k, date] of inputs.dates.entries()) {
    announce(`decay of baskets ${date} (${k + 1} of ${inputs.dates.length})`);
    const scales = window.depthScales?.[k];
    const atDepth = scales?.map((scale) => pow(scale, window.transform.concavity));
    const ofDay = atDepth ? portfolios.map((each) => forFlowTimes(each, atDepth)) : portfolios;
    const weight = ageWeight(config, inputs.dates.length - 1 - k);
    const task = { context, date, day: window.days[k], params };
    folds.push(...(await dayPortfolios(task, ofDay)).map((fold) => weightedOwn(fold, weight)));
  }
  return { total: sumOwn(folds), folds, basis };
}

/** The window as a form of its kernel was chosen for it, which is said where it is not as usual. */
export const withForm = (window: CalibrationWindow, form: FormChoice): CalibrationWindow => ({
  ...window,
  form,
  notes: isToBeSaid(form) ? [...window.notes, formInWords(form)] : window.notes,
});

/** Before any work: what a window of this size is known to need. @throws config error where that is more than is allowed */
export function refuseWindow(context: AlignContext): void {
  const { config, inputs } = context;
  const bases = configuredTaus(config.fit.kernel)?.length ?? TYPICAL_BASES;
  refuseMemory(config, workSize(context, foldBuckets(config, inputs.dates), bases));
}

/** The same for concave terms beside its folds. */
export function refuseTerms(context: AlignContext, { basis, foldsPerDay }: CalibrationWindow, terms: number): void {
  refuseMemory(context.config, { ...workSize(context, foldsPerDay, basis.tauSeconds.length), terms });
}

/** Bases that a choice rarely exceeds. */
const TYPICAL_BASES = 5;

const secondsOf = ({ tauSeconds }: KernelBasis, { bases }: KernelChoice): number[] => bases.map((p) => tauSeconds[p]);

/** Every day aligned, and what own flow says on the whole grid; the buckets of the last day where they were just made. */
async function alignedDays(
  context: AlignContext,
  length: number | 'day',
  transform: FlowTransform,
  announce: (text: string) => void,
) {
  const { config, inputs } = context;
  const { dates } = inputs;
  const basis = gridBasis(config, dates);
  const params = { decay: decays(basis), transform, foldBuckets: length };
  const given = configuredBasis(config);
  let first: AlignReport | undefined;
  const ofDay = async (date: string) => {
    const day = await alignDay(context, date);
    first ??= day.report;
    refuseOtherFactors(first, day.report);
    const task = { context, date, day, params };
    const own = await dayOwnMoments(task);
    const depth = transform.liquidity === 0 ? undefined : await dayDepth(task);
    const profile = await profileDay(context, date, day);
    // What is known of this day alone does not wait for the others.
    if (given && date === inputs.only) await dayMoments({ ...task, params: { ...params, decay: decays(given) } });
    return { day, own, depth, profile };
  };
  const made = await overDays(inputs, ofDay, { announce, what: 'align' });
  const days = made.map(({ day }) => day);
  const depth = depthOfWindow(
    transform,
    made.flatMap((day) => day.depth ?? []),
    days[0].report.symbols,
  );
  const own = made.flatMap((day, k) =>
    day.own.map((fold) => weightedOwn(ownAtUsualDepth(fold, depth, k), ageWeight(config, dates.length - 1 - k))),
  );
  const profiles = made.map(({ profile }) => profile);
  return { days, own: { total: sumOwn(own), folds: own, basis }, depth, profiles };
}

/** Own sums of the one day that this process makes, as soon as γ is known. */
export async function ownOfOnlyDay(context: AlignContext, liquidity: number): Promise<void> {
  const { config, inputs } = context;
  const { concavity } = config.flow;
  if (!inputs.only || concavity === 'auto') return;
  const day = await alignDay(context, inputs.only);
  const params = {
    decay: decays(gridBasis(config, inputs.dates)),
    transform: { concavity, liquidity },
    foldBuckets: foldBuckets(config, inputs.dates),
  };
  await dayOwnMoments({ context, date: inputs.only, day, params });
}

/** What a day's moments are without: `D̄^γ`, which is the window's. */
function atUsualDepth(
  fold: Fold,
  { transform, scales }: Pick<DepthOfWindow, 'transform' | 'scales'>,
  day: number,
): Fold {
  if (!scales) return fold;
  return throughChange(fold, (moments) => scaledMoments(moments, scales[day], transform.concavity));
}

const ownAtUsualDepth = (fold: OwnMoments, { transform, scales }: DepthOfWindow, day: number): OwnMoments =>
  scales ? scaledOwnMoments(fold, scales[day], transform.concavity) : fold;

/** Factors, which are few, are not counted. */
function workSize({ config, names, inputs }: AlignContext, length: number | 'day', bases: number): WorkSize {
  const buckets = Math.max(...inputs.dates.map((date) => gridOf(config, date).buckets));
  const folds = inputs.dates.length * (length === 'day' ? 1 : Math.ceil(buckets / length));
  return { names: names.length, factors: 0, bases, buckets, folds };
}

/** Moments add up by position, so every day must have the same factors. */
function refuseOtherFactors(first: AlignReport, day: AlignReport): void {
  if (JSON.stringify(first.factors) === JSON.stringify(day.factors)) return;
  throw dataError(
    `factors of ${day.date} are ${day.factors.join(', ')}; those of ${first.date} are ${first.factors.join(', ')}`,
    'give every day of the window the same factors, or shorten fit.window',
  );
}

export function ageWeight({ fit }: Config, ageDays: number): number {
  return fit.half_life === 'none' ? 1 : pow(0.5, ageDays / Number.parseInt(fit.half_life, 10));
}

const weightedOwn = (fold: OwnMoments, weight: number): OwnMoments =>
  weight === 1 ? fold : { ...sumOwn([fold], [weight]), label: fold.label };

const weighted = (fold: Fold, weight: number): Fold => {
  if (weight === 1) return fold;
  const change = throughChange(fold, (moments) => ({ ...sumMoments([moments], [weight]), label: fold.label }));
  return { ...change, buckets: weight * fold.buckets };
};
