import { describe, expect, it } from 'vitest';
import type { FlowShape } from '../../src/model/familyMoments.js';
import type { ChosenFamily, FamilyChoice, FamilyScore } from '../../src/stages/fit/family/familyChoice.js';
import { familyInWords, withheldGain } from '../../src/stages/fit/family/familyWords.js';

const LINE: FlowShape = { kind: 'linear' };
const bend = (power: number): FlowShape => ({ kind: 'after', power, scale: 0.5 });
const BEFORE: FlowShape = { kind: 'before', power: 0.5 };

type Mean = readonly [shape: FlowShape, liquidity: number, mean: number];

/** Scores of a choice: means as given, differences to the chosen one with an error of half a point. */
function choice(shape: FlowShape, liquidity: number, means: readonly Mean[]): FamilyChoice {
  const taken = means.find(([s, gamma]) => gamma === liquidity && JSON.stringify(s) === JSON.stringify(shape))!;
  const scores = means.map(
    ([own, gamma, mean]): FamilyScore => ({
      shape: own,
      liquidity: gamma,
      r2: [mean, mean],
      mean,
      beyondChoice: mean - taken[2],
      error: mean === taken[2] ? 0 : 0.005,
    }),
  );
  return { shape, liquidity, scores, testGroups: 6 };
}

const chosen = (...comparisons: FamilyChoice[]): ChosenFamily => {
  const { shape, liquidity } = comparisons[comparisons.length - 1];
  return { shape, liquidity, comparisons, horizonSeconds: [1, 10, 60] };
};

/** Every shape without and with γ: line, curve and what is withheld. */
const means = (line: readonly number[], curve: readonly number[], before: readonly number[]): Mean[] =>
  [0, 0.25].flatMap((gamma, k): Mean[] => [
    [LINE, gamma, line[k]],
    [bend(0.4), gamma, curve[k]],
    [BEFORE, gamma, before[k]],
  ]);

describe('what is said of families', () => {
  it('that are concave, at a γ, with something better that is withheld', () => {
    const first = choice(bend(0.4), 0.25, means([0.29, 0.3], [0.31, 0.322], [0.35, 0.372]));
    const second = choice(bend(0.2), 0.25, [
      [bend(0.2), 0.25, 0.325],
      [bend(0.4), 0.25, 0.322],
    ]);
    expect(familyInWords(chosen(first, second))).toBe(
      'Impact bends with size (power 0.2 beyond half a typical bucket’s flow): +2.5 points of R² over a line on folds ahead ' +
        '(mean of 1 s, 10 s and 1 min), and a certificate can pass it. ' +
        'Flow counts for more while the book is thin (γ 0.25): +1.2 ± 0.5 points over flow as it is. ' +
        'Concave before the decay would predict another 4.7 points, but admits round trips that pay, so it is withheld.',
    );
    expect(withheldGain(chosen(first, second))).toBeCloseTo(0.047, 12);
  });

  it('that are concave on flow as it is, with nothing better that is withheld', () => {
    const first = choice(bend(0.4), 0, means([0.29, 0.28], [0.31, 0.311], [0.3, 0.2]));
    const second = choice(bend(0.4), 0, [[bend(0.4), 0, 0.31]]);
    expect(familyInWords(chosen(first, second))).toBe(
      'Impact bends with size (power 0.4 beyond half a typical bucket’s flow): +2.0 points of R² over a line on folds ahead ' +
        '(mean of 1 s, 10 s and 1 min), and a certificate can pass it. ' +
        'Flow is taken as it is: held against the depth of the book it predicts no better (γ 0.25: +0.1 ± 0.5 points). ' +
        'Concave before the decay, which admits round trips that pay, would predict no better.',
    );
  });

  it('that are lines, as good as a curve or better, with γ or without', () => {
    const asGood = choice(LINE, 0.25, means([0.29, 0.3], [0.28, 0.303], [0.3, 0.2]));
    expect(familyInWords(chosen(asGood))).toBe(
      'A line predicts folds ahead as well as a curve does (curve +0.3 ± 0.5 points of R², mean of 1 s, 10 s and 1 min). ' +
        'Flow counts for more while the book is thin (γ 0.25): +1.0 ± 0.5 points over flow as it is. ' +
        'Concave before the decay, which admits round trips that pay, would predict no better.',
    );
    const better = choice(LINE, 0, means([0.29, 0.2904], [0.27, 0.28], [0.35, 0.2]));
    expect(familyInWords(chosen(better))).toBe(
      'A line predicts folds ahead better than a curve does (curve −1.0 ± 0.5 points of R², mean of 1 s, 10 s and 1 min). ' +
        'Flow is taken as it is: held against the depth of the book it predicts no better (γ 0.25: +0.04 ± 0.5 points). ' +
        'Concave before the decay would predict another 6.0 points, but admits round trips that pay, so it is withheld.',
    );
  });

  it('where the book has no depth', () => {
    const blind = choice(LINE, 0, means([0.29, 0.29], [0.27, 0.27], [0.2, 0.2]));
    expect(familyInWords(chosen(blind))).toContain('there is no depth of the book to hold it against');
  });

  it('where the shape is given, γ alone: horizons stand with it, and nothing is said of other shapes', () => {
    const scaled = choice(LINE, 0.25, [
      [LINE, 0, 0.29],
      [LINE, 0.25, 0.3],
    ]);
    expect(familyInWords(chosen(scaled))).toBe(
      'Flow counts for more while the book is thin (γ 0.25): +1.0 ± 0.5 points over flow as it is, mean of 1 s, 10 s and 1 min.',
    );
    expect(withheldGain(chosen(scaled))).toBeUndefined();
    const given = choice(BEFORE, 0, [
      [BEFORE, 0, 0.3],
      [BEFORE, 0.25, 0.2],
    ]);
    expect(familyInWords(chosen(given))).toMatch(/^Flow is taken as it is: .*−10\.0 ± 0\.5 points, mean of 1 s/);
  });

  it('where γ is given, shapes alone', () => {
    const shapes = choice(LINE, 0.25, [
      [LINE, 0.25, 0.3],
      [bend(0.4), 0.25, 0.3],
      [BEFORE, 0.25, 0.3],
    ]);
    expect(familyInWords(chosen(shapes))).toBe(
      'A line predicts folds ahead as well as a curve does (curve 0.00 ± 0.00 points of R², mean of 1 s, 10 s and 1 min). ' +
        'Concave before the decay, which admits round trips that pay, would predict no better.',
    );
  });

  it('that could not be compared, and nothing where all was given', () => {
    const few = (shape: FlowShape, liquidity: number): ChosenFamily => ({
      ...chosen({ shape, liquidity, scores: [], testGroups: 0 }),
    });
    expect(familyInWords(few(LINE, 0))).toBe(
      'Too few folds to compare shapes of impact on folds ahead: it is taken as a line, with flow as it is.',
    );
    expect(familyInWords(few(BEFORE, 0.25))).toContain(
      'a power of 0.5 before the decay, with flow against the depth of the book (γ 0.25)',
    );
    const given = { shape: LINE, liquidity: 0, comparisons: [], horizonSeconds: [1] };
    expect([familyInWords(given), withheldGain(given)]).toEqual([undefined, undefined]);
  });
});
