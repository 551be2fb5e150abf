import { expect } from 'vitest';
import { type DayBuckets, FLAG } from '../../src/model/buckets.js';
import { concaveFlow } from '../../src/model/kernel.js';
import { emptyMoments, type FoldMoments, regressors } from '../../src/model/moments.js';

export function expectClose(found: FoldMoments, expected: FoldMoments): void {
  expect(found.buckets).toBe(expected.buckets);
  expect([...found.observed]).toEqual([...expected.observed]);
  for (const field of ['zz', 'zr', 'rr', 'jointlyObserved', 'missingFlowSquare', 'missingControls'] as const) {
    const scale = Math.max(1, ...expected[field].data.map(Math.abs));
    found[field].data.forEach((value, k) => {
      expect(Math.abs(value - expected[field].data[k])).toBeLessThan(1e-10 * scale);
    });
  }
}

/** Forms every filtered row and multiplies, as the definition says. */
export function bruteForceMoments(day: DayBuckets, decay: Float64Array, concavity: number): FoldMoments {
  const { grid, symbols, market, factors } = day;
  const [n, width] = [symbols.length, factors.names.length];
  const shape = { names: n, factors: width, bases: decay.length };
  const D = regressors(shape);
  const out = emptyMoments('', shape);
  for (const session of grid.sessions) {
    const states = [...decay].map(() => new Float64Array(n));
    for (let t = session.firstBucket; t < session.firstBucket + session.buckets; t++) {
      for (let i = 0; i < n; i++) {
        const changed =
          t > session.firstBucket &&
          (market.flags[i * grid.buckets + t] ^ market.flags[i * grid.buckets + t - 1]) & FLAG.halted;
        if (changed) for (const state of states) state[i] = 0;
      }
      const u = new Float64Array(n);
      day.flow.bucket.forEach((bucket, k) => {
        if (bucket === t) u[day.flow.name[k]] += day.flow.signedNotional[k];
      });
      const z = new Float64Array(D);
      z[0] = 1;
      for (let f = 0; f < width; f++) z[1 + f] = factors.moveBps[t * width + f];
      states.forEach((state, p) => {
        for (let i = 0; i < n; i++) {
          const h = concaveFlow(u[i], concavity);
          z[1 + width + p * n + i] = h - (1 - decay[p]) * state[i];
          state[i] = decay[p] * state[i] + h;
        }
      });
      const r = Array.from({ length: n }, (_, i) => market.moveBps[i * grid.buckets + t]);
      if (r.filter(Number.isNaN).length > n / 2) continue;
      out.buckets++;
      for (let a = 0; a < D; a++) {
        for (let b = 0; b < D; b++) out.zz.data[a * D + b] += z[a] * z[b];
        for (let i = 0; i < n; i++) if (!Number.isNaN(r[i])) out.zr.data[a * n + i] += z[a] * r[i];
      }
      for (let i = 0; i < n; i++) {
        if (Number.isNaN(r[i])) {
          for (let k = 0; k < n * decay.length; k++) out.missingFlowSquare.data[k * n + i] += z[1 + width + k] ** 2;
          for (let a = 0; a <= width; a++)
            for (let b = 0; b <= width; b++)
              out.missingControls.data[i * (1 + width) ** 2 + a * (1 + width) + b] += z[a] * z[b];
          continue;
        }
        out.observed[i]++;
        for (let j = 0; j < n; j++) {
          if (Number.isNaN(r[j])) continue;
          out.rr.data[i * n + j] += r[i] * r[j];
          out.jointlyObserved.data[i * n + j]++;
        }
      }
    }
  }
  return out;
}
