import type { Config } from '../../config/schema.js';
import { durationNs } from '../../model/duration.js';
import type { FamilySpec, FlowShape } from '../../model/familyMoments.js';
import { exp } from '../../numerics/elementary/elementary.js';
import type { AccumulateParams } from '../../stages/fit/accumulate.js';
import { type ChosenFamily, chooseFamily, type FamilyChoice } from '../../stages/fit/family/familyChoice.js';
import { type AlignedDay, alignDay } from './alignDay.js';
import type { AlignContext } from './alignKey.js';
import { dayDepth, dayFamily } from './dayMoments.js';
import { noConcave } from './familyRefusals.js';
import { overDays } from './oneDay.js';
import { foldBuckets, longestSession } from './windowShape.js';

/** Names that families are compared on: what is chosen is alike for all. */
const MOST_NAMES = 12;
/** γ of the liquidity scaling (MODEL §2a). */
const GAMMAS = [0, 0.15, 0.25, 0.35, 0.5];
/** Powers of large flow, and where impact bends over typical flow, where they are to be chosen. */
export const POWERS = [0.2, 0.3, 0.4, 0.5, 0.65, 0.8];
const USUAL_POWER = 0.4;
const USUAL_SCALE = 0.5;
/** Buckets that moves are summed over, as far as folds go; each a number of the one before. */
const HORIZONS = [1, 10, 60];
/** In buckets: linear terms beside temporary and permanent ones; concave terms. */
const LINEAR_BUCKETS = [1, 5, 30, 150];
export const CONCAVE_BUCKETS = [1, 5, 30, 100];

/** Per bucket; the shortest stays whatever the session. */
export const concaveDecay = (buckets: readonly number[], longest: number): number[] =>
  buckets.filter((tau, k) => k === 0 || tau <= longest).map((tau) => exp(-1 / tau));

/**
 * What families of a day are compared by first, which does not wait for the other days: γ is compared where the day has
 * depth, as it mostly is where any has.
 */
export async function firstFamilyOfDay(context: AlignContext, date: string, day: AlignedDay): Promise<void> {
  const { config, inputs } = context;
  const { liquidity } = config.flow;
  const mayBend = config.fit.kernel.concave === 'auto' && noConcave(config) === undefined;
  if (liquidity !== 'auto' && !mayBend) return;
  const task = { context, date, day, params: NOTHING };
  const { median } = await dayDepth(task);
  const gammas = liquidity !== 'auto' ? [liquidity] : median.some((depth) => depth !== null) ? GAMMAS : [0];
  if (gammas.length === 1 && !mayBend) return;
  const spec = specOf(context, day, gammas, mayBend ? FIRST_SHAPES : [givenShape(config)]);
  await dayFamily({ ...task, params: { ...NOTHING, foldBuckets: foldBuckets(config, inputs.dates) } }, spec);
}

/**
 * γ and the shape of own impact (MODEL §2a) where they are left to the data: first γ with and without a usual bend, then how
 * strongly impact bends, each by walk-forward folds. What the configuration gives is given.
 * @param hasLiquidity γ is known, before the bend is
 */
export async function chosenFamily(
  context: AlignContext,
  announce: (text: string) => void,
  hasLiquidity: (liquidity: number) => Promise<void>,
): Promise<ChosenFamily> {
  const { flow, fit, align } = context.config;
  const { concave } = fit.kernel;
  const mayBend = concave === 'auto' && noConcave(context.config) === undefined;
  const given = givenShape(context.config);
  const horizonSeconds = horizonsOf(context).map((buckets) => (buckets * durationNs(align.bucket)) / 1e9);
  if (flow.liquidity !== 'auto' && !mayBend)
    return { liquidity: flow.liquidity, shape: given, comparisons: [], horizonSeconds };
  const days = await daysOf(context, announce);
  const { gammas, notes } = await comparedGammas(context, days);
  const rest = { horizonSeconds, ...(notes.length > 0 ? { notes } : {}) };
  if (gammas.length === 1 && !mayBend) return { liquidity: gammas[0], shape: given, comparisons: [], ...rest };
  const shapes = mayBend ? FIRST_SHAPES : [given];
  const first = await compared(context, days, specOf(context, days[0], gammas, shapes), announce);
  if (!mayBend || first.shape.kind === 'linear') return { ...first, comparisons: [first], ...rest };
  await hasLiquidity(first.liquidity);
  const bends = POWERS.map((power): FlowShape => ({ kind: 'after', power, scale: USUAL_SCALE }));
  const second = await compared(context, days, specOf(context, days[0], [first.liquidity], bends), announce);
  return { liquidity: first.liquidity, shape: second.shape, comparisons: [first, second], ...rest };
}

/** γ is told from 0 where a bucket of the window has depth; without any it is said. */
async function comparedGammas(
  context: AlignContext,
  days: readonly AlignedDay[],
): Promise<{ readonly gammas: readonly number[]; readonly notes: readonly string[] }> {
  const { liquidity } = context.config.flow;
  if (liquidity !== 'auto') return { gammas: [liquidity], notes: [] };
  for (const [d, date] of context.inputs.dates.entries()) {
    const { median } = await dayDepth({ context, date, day: days[d], params: NOTHING });
    if (median.some((depth) => depth !== null)) return { gammas: GAMMAS, notes: [] };
  }
  return { gammas: [0], notes: [WITHOUT_DEPTH] };
}

const WITHOUT_DEPTH =
  'flow.liquidity auto: no bucket of the window has a bid depth and an ask depth, so flow counts as it is';

function givenShape({ flow, fit }: Config): FlowShape {
  const { concave } = fit.kernel;
  if (typeof concave === 'object') return { kind: 'after', power: concave.c, scale: concave.scale };
  return flow.concavity === 'auto' || flow.concavity === 1 ? LINEAR : { kind: 'before', power: flow.concavity };
}

const LINEAR: FlowShape = { kind: 'linear' };
const BEFORE: FlowShape = { kind: 'before', power: 0.5 };
const USUAL: FlowShape = { kind: 'after', power: USUAL_POWER, scale: USUAL_SCALE };
const FIRST_SHAPES: readonly FlowShape[] = [LINEAR, USUAL, BEFORE];

async function daysOf(context: AlignContext, announce: (text: string) => void): Promise<AlignedDay[]> {
  return overDays(context.inputs, (date) => alignDay(context, date), { announce, what: 'align' });
}

async function compared(
  context: AlignContext,
  days: readonly AlignedDay[],
  spec: FamilySpec,
  announce: (text: string) => void,
): Promise<FamilyChoice> {
  const { config, inputs } = context;
  const params = { ...NOTHING, foldBuckets: foldBuckets(config, inputs.dates) };
  const folds = await overDays(inputs, (date, d) => dayFamily({ context, date, day: days[d], params }, spec), {
    announce,
    what: 'compare families of impact',
  });
  return chooseFamily(folds.flat(), spec);
}

/** Families scale flow themselves, and depth is what it is. */
const NOTHING: AccumulateParams = {
  decay: new Float64Array(0),
  transform: { concavity: 1, liquidity: 0 },
  foldBuckets: 'day',
};

/** No window crosses the edge of a fold: a horizon that a fold holds once or twice says nothing of families. */
const LEAST_WINDOWS = 4;

const horizonsOf = ({ config, inputs }: AlignContext): number[] => {
  const length = foldBuckets(config, inputs.dates);
  const stretch = length === 'day' ? longestSession(config, inputs.dates) : length;
  return HORIZONS.filter((buckets, k) => k === 0 || buckets * LEAST_WINDOWS <= stretch);
};

/** The most liquid names by volume where all have one, else names spread evenly over the universe. */
function comparedNames({ names }: AlignContext): number[] {
  const all = [...names.keys()];
  if (names.length <= MOST_NAMES) return all;
  if (names.every(({ adv }) => adv !== undefined && adv > 0))
    return all
      .sort((a, b) => names[b].adv! - names[a].adv! || a - b)
      .slice(0, MOST_NAMES)
      .sort((a, b) => a - b);
  return Array.from({ length: MOST_NAMES }, (_, k) => Math.floor((k * names.length) / MOST_NAMES));
}

function specOf(
  context: AlignContext,
  day: AlignedDay,
  gammas: readonly number[],
  shapes: readonly FlowShape[],
): FamilySpec {
  const { config, inputs } = context;
  const session = longestSession(config, inputs.dates);
  const bounded = (buckets: readonly number[]) => concaveDecay(buckets, session / 4);
  return {
    names: comparedNames(context),
    factors: day.report.factors.length,
    gammas,
    shapes,
    horizons: horizonsOf(context),
    linearDecay: [0, ...bounded(LINEAR_BUCKETS), 1],
    concaveDecay: bounded(CONCAVE_BUCKETS),
  };
}
