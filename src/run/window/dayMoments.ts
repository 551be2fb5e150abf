import { encodeConcave, storedConcave } from '../../io/concaveMomentsFile.js';
import { encodeFolds, type FoldKind, storedFolds } from '../../io/foldFiles.js';
import { encodeMoments, storedMoments } from '../../io/momentsFile.js';
import { encodeOwnMoments, readOwnMoments } from '../../io/ownMomentsFile.js';
import { type DayMoves, DEPTH_FIELDS } from '../../model/buckets.js';
import type { ConcaveBasis } from '../../model/concaveLevels.js';
import type { StoredConcave } from '../../model/concaveMoments.js';
import { type FamilyMoments, type FamilySpec, familyLayout } from '../../model/familyMoments.js';
import { depthFields, type FlowTransform } from '../../model/flowTransform.js';
import { METHOD_VERSION } from '../../model/manifest.js';
import type { Fold } from '../../model/moments.js';
import type { OwnMoments } from '../../model/ownMoments.js';
import { type AccumulateParams, foldsOfDay } from '../../stages/fit/accumulate.js';
import { accumulateConcave } from '../../stages/fit/concave/accumulateConcave.js';
import { typicalFlows } from '../../stages/fit/concave/typicalFlow.js';
import { type DepthOfDay, depthOfDay } from '../../stages/fit/depthOfDay.js';
import { accumulateFamily } from '../../stages/fit/family/accumulateFamily.js';
import { dayOfPortfolios, type Portfolio } from '../../stages/fit/form/portfolios.js';
import { accumulateOwn } from '../../stages/fit/ownMoments.js';
import { stageKey } from '../../store/store.js';
import type { AlignedDay } from './alignDay.js';
import { type AlignContext, alignKey } from './alignKey.js';
import { cachedFiles, cachedJson } from './cachedFiles.js';

/** Of the cached files. */
const MOMENTS_LAYOUT = 2;
const OWN_LAYOUT = 2;
const DEPTH_LAYOUT = 1;
const CONCAVE_LAYOUT = 1;
const TYPICAL_LAYOUT = 1;
const FAMILY_LAYOUT = 1;

/** What is summed from one day. None of it depends on the other days of a window. */
export interface DayTask {
  readonly context: AlignContext;
  readonly date: string;
  readonly day: AlignedDay;
  /** Without D̄, which is the window's. */
  readonly params: AccumulateParams;
}

/** Key of what is summed from a day: its buckets, the bases, the folds. */
const momentsKey = ({ context, date, params: { decay, transform, foldBuckets } }: DayTask, layout: number): string =>
  stageKey({
    METHOD_VERSION,
    layout,
    align: alignKey(context, date),
    concavity: transform.concavity,
    ...(transform.liquidity === 0 ? {} : { liquidity: transform.liquidity }),
    foldBuckets,
    decay: Array.from(decay),
  });

const movesOf = ({ day, params }: DayTask): Promise<DayMoves> =>
  day.read(['moveBps', ...depthFields(params.transform)]);

/** Moments of a day, from the cache or from its buckets. */
export async function dayMoments(task: DayTask): Promise<Fold[]> {
  const place = { stage: 'moments', key: momentsKey(task, MOMENTS_LAYOUT) };
  return storedMoments(
    await cachedFiles(task.context, place, async () => encodeMoments(foldsOfDay(await movesOf(task), task.params))),
  );
}

/** What own flow says of own moves on a day, from the cache or from its buckets. */
export const dayOwnMoments = (task: DayTask): Promise<OwnMoments[]> =>
  cachedOwn(task.context, 'own', momentsKey(task, OWN_LAYOUT), async () =>
    accumulateOwn(await movesOf(task), task.params),
  );

const cachedOwn = async (
  context: AlignContext,
  stage: string,
  key: string,
  sum: () => Promise<OwnMoments[]>,
): Promise<OwnMoments[]> =>
  readOwnMoments(await cachedFiles(context, { stage, key }, async () => encodeOwnMoments(await sum())));

/** The same for portfolios instead of names; what they hold, and respond to, is a part of the key. */
export async function dayPortfolios(task: DayTask, portfolios: readonly Portfolio[]): Promise<OwnMoments[]> {
  const shapes = portfolios.map(({ holding, response }) => [Array.from(holding), Array.from(response)]);
  const key = stageKey({ moments: momentsKey(task, OWN_LAYOUT), portfolios: shapes });
  const { day, params } = task;
  return cachedOwn(task.context, 'portfolios', key, async () => {
    const flow = await day.read(depthFields(params.transform));
    const ofPortfolios = dayOfPortfolios(flow, await day.eachMoves(), portfolios, params.transform);
    return accumulateOwn(ofPortfolios, { ...params, transform: AS_IT_IS });
  });
}

/** The flow of portfolios is made of flow that has been transformed. */
const AS_IT_IS: FlowTransform = { concavity: 1, liquidity: 0 };

/** Moments of concave terms of a day, from the cache or from its buckets; scales and directions for flow as the day has it. */
export async function dayConcave(task: DayTask, basis: ConcaveBasis, lagDecay: Float64Array): Promise<StoredConcave[]> {
  const { power, scales, decay, modes } = basis;
  const shape = {
    power,
    scales: Array.from(scales),
    decay: Array.from(decay),
    lags: Array.from(lagDecay),
    modes: modes.map(({ direction, scale }) => ({ direction: Array.from(direction), scale })),
  };
  const key = stageKey({ moments: momentsKey(task, CONCAVE_LAYOUT), shape });
  const sum = async () => accumulateConcave(await movesOf(task), { ...task.params, lagDecay }, basis);
  return storedConcave(
    await cachedFiles(task.context, { stage: 'concave', key }, async () => encodeConcave(await sum())),
  );
}

/** What families of own flow are compared by on a day, from the cache or from its buckets. */
export async function dayFamily({ context, date, day, params }: DayTask, spec: FamilySpec): Promise<FamilyMoments[]> {
  const { foldBuckets } = params;
  const key = stageKey({ METHOD_VERSION, layout: FAMILY_LAYOUT, align: alignKey(context, date), spec, foldBuckets });
  const folder = await cachedFiles(context, { stage: 'family', key }, async () => {
    const moves = await day.read(['moveBps', ...DEPTH_FIELDS]);
    const folds = accumulateFamily(moves, spec, foldBuckets);
    return encodeFolds(
      FAMILY,
      folds.map(({ label, sums }) => ({ header: { label }, arrays: [sums] })),
    );
  });
  return readFamily(folder, spec);
}

const FAMILY: FoldKind = { file: 'family', words: 'the moments of families' };

const readFamily = (folder: string, spec: FamilySpec): FamilyMoments[] =>
  storedFolds<{ label: string }>(folder, FAMILY, () => familyLayout(spec).length).map(({ header, read }) => ({
    ...header,
    sums: read(),
  }));

/** Median flow of the buckets in which each name trades on a day, as the day has it; `null` for a name that does not. */
export async function dayTypicalFlow(task: DayTask): Promise<readonly (number | null)[]> {
  const { context, date, params } = task;
  const { liquidity } = params.transform;
  const key = stageKey({ METHOD_VERSION, layout: TYPICAL_LAYOUT, align: alignKey(context, date), liquidity });
  return cachedJson(context, { stage: 'typical', key }, async () =>
    typicalFlows(await movesOf(task), params.transform),
  );
}

/** Depth that the flow of a day met, whatever γ is, from the cache or from its buckets. */
export async function dayDepth({ context, date, day }: DayTask): Promise<DepthOfDay> {
  const key = stageKey({ METHOD_VERSION, layout: DEPTH_LAYOUT, align: alignKey(context, date) });
  return cachedJson(context, { stage: 'depth', key }, async () => depthOfDay(await day.read(DEPTH_FIELDS)));
}
