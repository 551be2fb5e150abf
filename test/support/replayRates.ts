import { JUDGING_PRICES, REPLAYED_AGAINST, type ReplayedAgainst } from '../../src/model/scheduleReplay.js';
import { judgeReplay } from '../../src/stages/scheduleReplay/judge.js';
import { type ReplayWorld, replayedWorld, trueSaving } from './replayWorld.js';

/** What became of one comparison over many worlds. */
export interface ReplayRates {
  /** Share of worlds in which it is established. */
  readonly established: number;
  /** Share whose 90 % interval of the saving under the held-out raw matrix holds that of these schedules. */
  readonly covered: number;
  /** Share whose interval holds the mean over all worlds: what such baskets save. */
  readonly coversMean: number;
  /** Share whose lower bound is above zero under every price, and under the raw one. */
  readonly allAbove: number;
  readonly rawAbove: number;
  /** Share that saves more in truth than it would lose, were there no links. */
  readonly pays: number;
  /** Share whose slope leaves out zero and holds one. */
  readonly slope: number;
  /** Share in which timing is flagged. */
  readonly timed: number;
  /** Means: what is true, what the own fit says, what held-out raw says. */
  readonly truth: number;
  readonly promised: number;
  readonly raw: number;
  /** Median of the baskets that would be needed, those without an answer at infinity. */
  readonly needed: number;
  readonly baskets: number;
}

/** Replays many worlds that differ by their seed alone. */
export async function replayRates(
  spec: Omit<ReplayWorld, 'seed'>,
  worlds: number,
  from = 1,
): Promise<Record<ReplayedAgainst, ReplayRates>> {
  const results: Result[][] = [];
  for (let k = 0; k < worlds; k++) {
    const world = replayedWorld({ ...spec, seed: from + k });
    const { comparisons, slope, baskets } = judgeReplay(world.baskets, world.sides, world.counts);
    results.push(comparisons.map((c) => ({ ...c, truth: trueSaving(world, c.against), slope, baskets })));
    // The runner wants to be heard.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const [executed, vwap, diagonal] = REPLAYED_AGAINST.map((_, a) => ratesOf(results.map((each) => each[a])));
  return { executed, vwap, diagonal };
}

type Result = ReturnType<typeof judgeReplay>['comparisons'][number] &
  Pick<ReturnType<typeof judgeReplay>, 'slope' | 'baskets'> & { readonly truth: number };

function ratesOf(results: readonly Result[]): ReplayRates {
  const mean = (value: (c: Result) => number) => results.reduce((sum, c) => sum + value(c), 0) / results.length;
  const share = (holds: (c: Result) => boolean) => mean((c) => (holds(c) ? 1 : 0));
  const truth = mean((c) => c.truth);
  const needed = results.map((c) => c.needed ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  return {
    established: share(({ verdict }) => verdict === 'established'),
    covered: share(({ saving: { raw }, truth: own }) => raw.low! <= own && own <= raw.high!),
    coversMean: share(({ saving: { raw } }) => raw.low! <= truth && truth <= raw.high!),
    allAbove: share(({ saving }) => JUDGING_PRICES.every((price) => saving[price].low! > 0)),
    rawAbove: share(({ saving }) => saving.raw.low! > 0),
    pays: share(({ saving, truth: own }) => own > -saving.diagonal.value),
    slope: share(({ slope }) => slope !== undefined && slope.low! > 0 && slope.low! <= 1 && slope.high! >= 1),
    timed: share(({ isTimed }) => isTimed),
    truth,
    promised: mean(({ promised }) => promised),
    raw: mean(({ saving }) => saving.raw.value),
    needed: needed[Math.floor(needed.length / 2)],
    baskets: results[0].baskets.replayed,
  };
}
