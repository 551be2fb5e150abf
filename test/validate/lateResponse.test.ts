import { describe, expect, it } from 'vitest';
import { curveGap, lateResponse } from '../../src/stages/validate/lateResponse.js';

const at = (to: number, level: number, error: number) => ({ to, level, low: level - 1.645 * error });

describe('a response that comes after the flow', () => {
  it('is the largest that is above the impact at once beyond doubt', () => {
    const found = lateResponse([at(0, 0.1, 0.05), at(1, 3, 0.05), at(2, 2.5, 0.05)]);
    expect(found?.to).toBe(1);
    // 3 less 3.6 errors, less the impact at once.
    expect(found?.excess).toBeCloseTo(2 - 2.2 * 1.645 * 0.05, 10);
  });

  it('is none where impact fades, or where only chance lifts it', () => {
    expect(lateResponse([at(0, 1, 0.02), at(1, 0.9, 0.02), at(60, 0.4, 0.1)])).toBeUndefined();
    expect(lateResponse([at(0, 1, 0.02), at(1, 1.05, 0.02), at(1000, 4, 1.5)])).toBeUndefined();
  });

  it('says nothing of the bucket of the flow itself, nor without intervals', () => {
    expect(lateResponse([at(0, 2, 0.01)])).toBeUndefined();
    expect(lateResponse([{ to: 1, level: 9 }])).toBeUndefined();
    expect(lateResponse([])).toBeUndefined();
  });
});

describe('what a curve keeps of impact', () => {
  const lag = (to: number, level: number, error: number, predicted: number) => ({ ...at(to, level, error), predicted });

  it('is off by what lies beyond doubt, as a share of what the data keep', () => {
    const found = curveGap([lag(1, 1, 0.02, 0.99), lag(80, 0.9, 0.02, 0.4), lag(300, 0.8, 0.02, 0.5)]);
    expect(found?.to).toBe(80);
    expect(found?.keepsLess).toBe(true);
    expect(found?.gap).toBeCloseTo((0.5 - 2.2 * 1.645 * 0.02) / 0.9, 10);
    expect(curveGap([lag(80, 0.4, 0.02, 0.9)])?.keepsLess).toBe(false);
  });

  it('is not judged by chance, in the bucket of the flow, for a line, or where nothing is left', () => {
    expect(curveGap([lag(80, 0.9, 0.2, 0.4)])).toBeUndefined();
    expect(curveGap([lag(0, 0.9, 0.01, 0.4)])).toBeUndefined();
    expect(curveGap([at(80, 0.9, 0.01)])).toBeUndefined();
    expect(curveGap([lag(3600, -0.2, 0.01, 0.4)])).toBeUndefined();
  });
});
