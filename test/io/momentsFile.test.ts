import { expect, it } from 'vitest';
import { encodeMoments } from '../../src/io/momentsFile.js';
import { emptyMoments, type FoldMoments } from '../../src/model/moments.js';
import { accumulateDay, foldsOfDay } from '../../src/stages/fit/accumulate.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const fold = (label: string) => emptyMoments(label, { names: 2, factors: 1, bases: 1 });

it('a fold is asked for when the file before it has been taken: a day never stands in memory', () => {
  const asked: string[] = [];
  function* folds(): Generator<FoldMoments> {
    for (const label of ['a', 'b', 'c']) {
      asked.push(label);
      yield fold(label);
    }
  }
  const files = encodeMoments(folds());
  expect(asked).toEqual([]);
  expect(files.next().value).toMatchObject({ name: 'fold-0.arrow' });
  expect(asked).toEqual(['a']);
  expect([...files].map(({ name }) => name)).toEqual(['fold-1.arrow', 'fold-2.arrow', 'folds.json']);
});

it('folds one at a time are those of the day, and those of sessions add up to it', () => {
  const day = simulatedBuckets({
    names: 3,
    seed: 5,
    K: { rows: 3, cols: 3, data: Float64Array.of(1, 0.2, 0, 0.2, 1, 0.1, 0, 0.1, 1) },
    decay: Float64Array.of(0.5, 1),
    weights: Float64Array.of(0.5, 0.5),
    noise: 1,
    density: 0.3,
    sessionSeconds: [300, 200],
    date: '2024-03-13',
  });
  const params = { decay: Float64Array.of(0.5, 1), transform: LINEAR_FLOW };
  const parts = [...foldsOfDay(day, { ...params, foldBuckets: 100 })];
  expect(parts).toEqual(accumulateDay(day, { ...params, foldBuckets: 100 }));
  expect(parts.map(({ label }) => label)).toEqual(
    ['0/0', '0/100', '0/200', '1/0', '1/100'].map((k) => `2024-03-13/${k}`),
  );
  const [whole] = foldsOfDay(day, { ...params, foldBuckets: 'day' });
  expect(whole.label).toBe('2024-03-13');
  expect(whole.buckets).toBe(parts.reduce((sum, part) => sum + part.buckets, 0));
  const square = parts.reduce((sum, part) => sum + part.zz.data[0], 0);
  expect(whole.zz.data[0]).toBe(square);
});
