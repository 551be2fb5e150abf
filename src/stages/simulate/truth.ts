import { fromNormalised } from '../../model/normalise.js';
import { type Scenario, scenarioSymbols } from '../../model/scenario.js';
import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { exp } from '../../numerics/elementary/elementary.js';
import { nearestFeasible } from '../../numerics/nearestFeasible.js';
import { type RandomStream, randomStream } from '../../numerics/random.js';
import { type ConcaveTruth, concaveTruth } from './concaveTruth.js';
import { type LiquidityTruth, liquidityTruth } from './touchDepth.js';

/** What the simulated market obeys. */
export interface Truth {
  readonly symbols: readonly string[];
  readonly blocks: readonly string[];
  /** Millions of a typical child order, by name. */
  readonly childMillions: Float64Array;
  readonly startPrice: Float64Array;
  readonly adv: Float64Array;
  /** N×N, bps per million, at multiplier 1. With `concave` only its share of it is linear in flow. */
  readonly K: DenseMatrix;
  readonly tauSeconds: readonly number[];
  readonly weights: readonly number[];
  readonly factorNames: readonly string[];
  /** N×F. */
  readonly loadings: DenseMatrix;
  readonly concave: ConcaveTruth | undefined;
  readonly liquidity: LiquidityTruth | undefined;
}

const TICK = 0.01;

export function drawTruth(scenario: Scenario): Truth {
  const { names, impact } = scenario;
  const random = randomStream(scenario.seed);
  const blockCount = Math.min(scenario.blocks, names);
  const blockOf = Array.from({ length: names }, (_, i) => Math.floor((i * blockCount) / names));
  const blockNames = Array.from(
    { length: blockCount },
    (_, b) => `SECTOR${String.fromCharCode(65 + (b % 26))}${b >= 26 ? Math.floor(b / 26) : ''}`,
  );
  const liquidity = Float64Array.from({ length: names }, () => exp(0.5 * random.normal()));
  const childMillions = liquidity.map((l) => 0.05 * l);
  const self = childMillions.map((child) => impact.per_child_bps / child);
  const blocks = blockOf.map((b) => blockNames[b]);
  const startPrice = liquidity.map(() => Math.round((80 + 240 * random.uniform()) / TICK) * TICK);
  const K = fromNormalised(normalisedLinks(scenario, blockOf, random), self);
  return {
    symbols: scenarioSymbols(names),
    blocks,
    childMillions,
    startPrice,
    adv: liquidity.map((l) => Math.round(400 * l)),
    K,
    tauSeconds: impact.tau_seconds.map((tau) => (tau === 'permanent' ? Number.POSITIVE_INFINITY : tau)),
    weights: impact.weights,
    factorNames: ['MARKET', ...blockNames],
    loadings: withTwinLoadings(scenario, drawLoadings(blockOf, blockCount, random)),
    concave: concaveTruth(scenario, { K, childMillions, blocks }),
    liquidity: liquidityTruth(scenario, childMillions),
  };
}

function normalisedLinks(scenario: Scenario, blockOf: readonly number[], random: RandomStream): DenseMatrix {
  const { impact } = scenario;
  const n = blockOf.length;
  const links = zeros(n);
  for (let i = 0; i < n; i++) {
    links.data[i * n + i] = 1;
    for (let j = 0; j < i; j++) {
      const value = (blockOf[i] === blockOf[j] ? impact.within : impact.between) + impact.dispersion * random.normal();
      links.data[i * n + j] = value;
      links.data[j * n + i] = value;
    }
  }
  return nearestFeasible(withTwinLinks(scenario, links), { bound: Math.max(0.9, Math.abs(impact.twins?.link ?? 0)) })
    .matrix;
}

/** Places of the two names that are nearly one. */
function twinsOf({ names, impact: { twins } }: Scenario): readonly [number, number] | undefined {
  if (!twins) return undefined;
  const [first, second] = twins.symbols.map((symbol) => scenarioSymbols(names).indexOf(symbol));
  return [first, second];
}

/** What the second of the twins has in common with others is what the first has. */
function withTwinLinks(scenario: Scenario, links: DenseMatrix): DenseMatrix {
  const twins = twinsOf(scenario);
  if (!twins) return links;
  const [first, second] = twins;
  const n = links.rows;
  return mapEntries(links, (value, i, j) => {
    if (i === j || (i !== second && j !== second)) return value;
    const other = i === second ? j : i;
    return other === first ? scenario.impact.twins!.link : links.data[first * n + other];
  });
}

function withTwinLoadings(scenario: Scenario, loadings: DenseMatrix): DenseMatrix {
  const twins = twinsOf(scenario);
  if (!twins) return loadings;
  const [first, second] = twins;
  return mapEntries(loadings, (value, i, f) => (i === second ? loadings.data[first * loadings.cols + f] : value));
}

function drawLoadings(blockOf: readonly number[], blockCount: number, random: RandomStream): DenseMatrix {
  return mapEntries(zeros(blockOf.length, 1 + blockCount), (_, i, f) => {
    if (f === 0) return 1 + 0.2 * random.normal();
    return blockOf[i] === f - 1 ? 1 : 0;
  });
}
