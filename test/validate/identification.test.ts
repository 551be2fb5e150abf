import { describe, expect, it } from 'vitest';
import { mergeBases } from '../../src/model/bases.js';
import type { DayMoves } from '../../src/model/buckets.js';
import { sumMoments } from '../../src/model/moments.js';
import { type DenseMatrix, mapEntries, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { removeFactors } from '../../src/stages/defactor/defactor.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import { type RegressionMoments, regressionMoments } from '../../src/stages/fit/impactProblem.js';
import { linksBeyondMode } from '../../src/stages/validate/commonMode.js';
import { identificationOf } from '../../src/stages/validate/identification.js';
import { crossImpactOf } from '../../src/stages/validate/verdict.js';
import { validate } from '../../src/stages/validate/walkForward.js';
import { defaultCalibration } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

interface World {
  readonly names: number;
  /** Normalised links inside a block of half the names, and between the two. */
  readonly inside: number;
  readonly between: number;
  /** How closely flow follows the factor. */
  readonly contamination: number;
  readonly factorIsGiven: boolean;
  readonly noise?: number;
}

const DECAY = Float64Array.of(1);
const SEEDS = [1, 2, 3, 4, 5, 6];

function truth({ names, inside, between }: World): DenseMatrix {
  const block = (i: number) => Math.floor((2 * i) / names);
  return mapEntries(zeros(names), (_, i, j) => (i === j ? 1 : block(i) === block(j) ? inside : between));
}

/** Three days of a world with a factor of as much variance as the noise, in the recipe's default settings. */
function judged(world: World, seed: number) {
  const { names, contamination, factorIsGiven, noise = 1 } = world;
  const folds = [2, 3, 4].flatMap((day) => {
    const whole = simulatedBuckets({
      names,
      seed: 100 * seed + day,
      K: truth(world),
      noise,
      density: 0.2,
      factors: 1,
      contamination,
      sessionSeconds: [6000],
      date: `2024-01-0${day}`,
    });
    const seen: DayMoves = factorIsGiven ? whole : { ...whole, factors: { names: [], moveBps: new Float64Array(0) } };
    return accumulateDay(seen, { decay: DECAY, transform: LINEAR_FLOW, foldBuckets: 900 });
  });
  const params = defaultCalibration(Array.from({ length: names }, () => 'one block'));
  const { K, estimate } = calibrate(folds, params);
  const merged = mergeBases(sumMoments(folds), estimate.kernel.weights);
  const identification = identificationOf({
    moments: regressionMoments(removeFactors(merged, estimate.factorModel)),
    K,
    rawK: estimate.rawK.whole,
    standardErrors: estimate.standardErrors,
    factorsGiven: factorIsGiven,
  });
  const limits = { rho: 0.9, metric: 'frobenius' } as const;
  const walk = { calibration: params, limits, decay: DECAY, transform: LINEAR_FLOW, groups: 5 };
  const { walkForward } = validate(folds, walk)!;
  return { identification, walkForward, verdict: crossImpactOf({ outOfSample: walkForward, identification }) };
}

const verdicts = (world: World) => SEEDS.map((seed) => judged(world, seed).verdict);

describe('links and a factor that nobody recorded', () => {
  it.each([
    { names: 6, contamination: 0.1 },
    { names: 6, contamination: 0.5 },
    { names: 12, contamination: 0.1 },
    { names: 12, contamination: 0.5 },
  ])('never passes a hidden factor for links: $names names, loading $contamination', ({ names, contamination }) => {
    const world = { names, inside: 0, between: 0, contamination, factorIsGiven: false };
    const runs = SEEDS.map((seed) => judged(world, seed));
    // The gain is there, and its interval lies above zero: R² cannot tell.
    expect(runs[0].walkForward.crossGain.low).toBeGreaterThan(0);
    expect(runs[0].identification.robustness).toBeLessThan(0.3);
    expect(runs.map(({ verdict }) => verdict)).not.toContain('evident');
  });

  it.each([0.15, 0.4])('finds links of %f where the factor is given, though flow follows it', (links) => {
    const world = { names: 6, inside: links, between: links, contamination: 0.5, factorIsGiven: true };
    expect(verdicts(world)).toEqual(SEEDS.map(() => 'evident'));
  });

  it('finds links that differ by block beyond a common mode, though the factor is hidden', () => {
    const world = { names: 12, inside: 0.4, between: 0.05, contamination: 0.1, factorIsGiven: false };
    expect(verdicts(world)).toEqual(SEEDS.map(() => 'evident'));
  });

  it('cannot tell links that are all alike from a hidden factor, and says so', () => {
    const world = { names: 12, inside: 0.3, between: 0.3, contamination: 0.1, factorIsGiven: false };
    expect(new Set(verdicts(world))).toEqual(new Set(['not distinguishable from an unrecorded factor']));
  });

  it('sees no common mode where there is none, and no links', () => {
    const { identification, verdict } = judged(
      { names: 6, inside: 0, between: 0, contamination: 0, factorIsGiven: true },
      1,
    );
    expect(identification.commonShare).toBeLessThan(0.01);
    expect(verdict).toBe('not evident');
  });
});

describe('what a factor may be of self impact', () => {
  /** Impact κ of each name, and what a factor adds to all of it: s_i s_j √(κ_i κ_j), at no cost of a second. */
  function shareWith(s: readonly number[], kappa: readonly number[]): number {
    const n = s.length;
    const K = mapEntries(zeros(n), (_, i, j) =>
      i === j ? kappa[i] : 0.9 * s[i] * s[j] * Math.sqrt(kappa[i] * kappa[j]),
    );
    const moments = { names: n, buckets: 100, gram: zeros(n), cross: zeros(n), moveProducts: zeros(n) };
    return identificationOf({
      moments: moments as unknown as RegressionMoments,
      K,
      rawK: K,
      standardErrors: mapEntries(K, () => 0),
      factorsGiven: false,
    }).selfShare;
  }

  it('is that of the name where it is most, however liquid the others are', () => {
    // Nine tenths of a product of two are nine tenths of each square.
    expect(shareWith([0.1, 0.1, 0.1, 0.1, 0.4], [1, 1, 1, 1, 1])).toBeCloseTo(0.9 * 0.16, 6);
    expect(shareWith([0.1, 0.1, 0.1, 0.1, 0.4], [50, 10, 1, 3, 0.1])).toBeCloseTo(0.9 * 0.16, 6);
    expect(shareWith([0.2, 0.2, 0.2], [1, 2, 3])).toBeCloseTo(0.9 * 0.04, 6);
    expect(shareWith([0.3, 0.2], [1, 1])).toBeCloseTo(0.9 * 0.06, 6);
    expect(shareWith([0, 0, 0], [1, 1, 1])).toBe(0);
    expect(shareWith([0.3], [1])).toBe(0);
  });
});

describe('linksBeyondMode', () => {
  const errors = mapEntries(zeros(5), () => 0.01);
  const b = Float64Array.of(1, 2, 0.5, 1.5, 1);

  it('takes everything that a mode explains', () => {
    const g = [0.1, 0.05, 0.2, 0, 0.1];
    const links = mapEntries(zeros(5), (_, i, j) => (b[i] * g[j] + b[j] * g[i]) / 2);
    expect(linksBeyondMode(b, links, errors).pValue).toBeCloseTo(1, 6);
  });

  it('leaves what it does not', () => {
    const links = mapEntries(zeros(5), (_, i, j) => (i + j === 3 ? 0.3 : 0));
    const { pValue, share } = linksBeyondMode(b, links, errors);
    expect(pValue).toBeLessThan(1e-6);
    expect(share).toBeGreaterThan(0.2);
  });

  it('counts the names that have links with errors, not those of the universe', () => {
    // Of twenty names, eight have links: one mode and noise of the size of their errors. A share is one, and finite.
    const [names, linked] = [20, 8];
    const random = randomStream(3);
    const b = Float64Array.from({ length: names }, () => 1);
    const errors = zeros(names);
    let survivors = 0;
    for (let run = 0; run < 200; run++) {
      const links = zeros(names);
      const g = Float64Array.from({ length: linked }, () => 5 * random.normal());
      for (let i = 0; i < linked; i++)
        for (let j = i + 1; j < linked; j++) {
          errors.data[i * names + j] = 1;
          links.data[i * names + j] = (g[i] + g[j]) / 2 + random.normal();
        }
      const { pValue, share } = linksBeyondMode(b, links, errors);
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
      if (pValue < 0.05) survivors++;
    }
    // 5 % of 200, and three standard deviations.
    expect(survivors).toBeLessThanOrEqual(19);
  });

  it('has a finite share where links are as large as chance makes them', () => {
    const random = randomStream(4);
    for (let run = 0; run < 200; run++) {
      const links = zeros(6);
      for (let i = 0; i < 6; i++) for (let j = i + 1; j < 6; j++) links.data[i * 6 + j] = random.normal();
      const { share } = linksBeyondMode(
        new Float64Array(6).fill(1),
        links,
        mapEntries(links, () => 1),
      );
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
    }
  });

  it('says nothing of three names, whose links a mode always explains', () => {
    const links = mapEntries(zeros(3), (_, i, j) => (i === j ? 1 : 0.2 + 0.1 * (i + j)));
    expect(
      linksBeyondMode(
        b.slice(0, 3),
        links,
        mapEntries(zeros(3), () => 0.001),
      ),
    ).toEqual({ pValue: 1, share: 0 });
  });
});
