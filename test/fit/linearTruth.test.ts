import { describe, expect, it } from 'vitest';
import { type DenseMatrix, fromRows } from '../../src/numerics/dense.js';
import { concaveMarket } from '../support/concaveMarket.js';
import { chosenByFolds } from '../support/concaveWindows.js';

const kept = (tau: number) => Math.exp(-1 / tau);

/** A market that is linear, in a book whose depth does not matter: nothing of MODEL §2a is there to be found. */
function linearMarket(names: number, links: number, follow: number, tails: number | undefined, seed: number) {
  const K: DenseMatrix = {
    rows: names,
    cols: names,
    data: Float64Array.from({ length: names ** 2 }, (_, k) => {
      const [i, j] = [Math.floor(k / names), k % names];
      if (i === j) return 1;
      return Math.floor(i / 3) === Math.floor(j / 3) ? links : links / 4;
    }),
  };
  const loadings = fromRows(Array.from({ length: names }, (_, i) => [1 + 0.05 * i]));
  return concaveMarket({
    names,
    seed,
    sessionBuckets: [1500],
    noise: 1,
    flow: { density: 0.6, ...(tails ? { tails } : {}) },
    depth: { gamma: 0, spread: 0.6 },
    linear: { K, decay: [kept(5), kept(60), 1], weights: [0.5, 0.3, 0.2] },
    ...(follow > 0 ? { factors: { loadings, follow } } : {}),
  });
}

const markets = [6, 12].flatMap((names) =>
  [0, 0.3].flatMap((links) => [0, 0.5].map((follow) => ({ names, links, follow }))),
);
const chosen = (tails: number | undefined, seeds: readonly number[]) =>
  markets.flatMap(({ names, links, follow }) =>
    seeds.map((seed) => {
      const { shape, liquidity } = chosenByFolds(linearMarket(names, links, follow, tails, seed).days, 150);
      return shape.kind === 'linear' && liquidity === 0 ? 'linear' : `${names}/${links}/${follow}/${seed}`;
    }),
  );

/** Where a line without γ is chosen, the default is the linear fit itself: the same moments, the same numbers. */
describe('a linear market is taken for one, with and without links and factors', () => {
  it.each([
    ['normal flow', undefined],
    ['flow of three degrees of freedom', 3],
    ['flow of one and a half', 1.5],
  ])('%s', (_, tails) => {
    expect(chosen(tails, [1, 2]).filter((choice) => choice !== 'linear')).toEqual([]);
  });
});
