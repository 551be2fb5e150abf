import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coarserPropagator } from '../../src/model/coarserBuckets.js';
import { costOfSchedule } from '../../src/model/marginalCost.js';
import { type DenseMatrix, mapEntries, symmetricPart, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { costOfForms, scheduleForms } from '../../src/stages/scheduleReplay/forms.js';
import { coarser, expanded } from '../../src/stages/scheduleReplay/problem.js';

const seeds = fc.integer({ min: 1, max: 1e6 });

function drawn(seed: number, names: number, rows: number) {
  const random = randomStream(seed);
  const matrix = (r: number, c: number): DenseMatrix => mapEntries(zeros(r, c), () => random.normal());
  return {
    decay: Float64Array.of(0, 0.5 + 0.4 * random.uniform(), 1),
    schedule: matrix(rows, names),
    parts: [1, 2, 3].map(() => symmetricPart(matrix(names, names))),
    K: symmetricPart(matrix(names, names)),
  };
}

describe('the forms of a schedule', () => {
  it('price it as its propagator does, whatever the matrices', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 30 }), (seed, names, rows) => {
        const { decay, schedule, parts, K } = drawn(seed, names, rows);
        const forms = scheduleForms(schedule, decay);
        const all = [...Array(names).keys()];
        for (const price of [
          { matrices: parts, weights: Float64Array.of(1, 1, 1) },
          { matrices: [K], weights: Float64Array.of(0.2, 0.5, 0.3) },
        ])
          expect(costOfForms(forms, price, all)).toBeCloseTo(costOfSchedule({ ...price, decay }, schedule), 8);
      }),
      { numRuns: 60 },
    );
  });

  it('of coarser rows are those of the buckets that the rows are worked in', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 6 }), (seed, children) => {
        const { decay, schedule, parts } = drawn(seed, 3, 7);
        const price = { matrices: parts, weights: Float64Array.of(1, 1, 1) };
        const fine = expanded(schedule, children, 7 * children);
        const cost = costOfForms(scheduleForms(schedule, decay, children), price, [0, 1, 2]);
        expect(cost).toBeCloseTo(costOfForms(scheduleForms(fine, decay), price, [0, 1, 2]), 8);
        expect(cost).toBeCloseTo(costOfSchedule(coarserPropagator({ ...price, decay }, children), schedule), 8);
        coarser(fine, children).data.forEach((u, k) => {
          expect(u).toBeCloseTo(schedule.data[k], 10);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('look up the names that they are of', () => {
    const { decay, schedule, parts } = drawn(3, 2, 9);
    const wide = parts.map((part) => {
      const out = mapEntries(zeros(5), () => 99);
      [1, 4].forEach((i, a) => {
        [1, 4].forEach((j, b) => {
          out.data[i * 5 + j] = part.data[a * 2 + b];
        });
      });
      return out;
    });
    const weights = Float64Array.of(1, 1, 1);
    const forms = scheduleForms(schedule, decay);
    expect(costOfForms(forms, { matrices: wide, weights }, [1, 4])).toBeCloseTo(
      costOfForms(forms, { matrices: parts, weights }, [0, 1]),
      10,
    );
  });
});
