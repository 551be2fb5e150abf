import { describe, expect, it } from 'vitest';
import { lateResponse } from '../../src/stages/validate/lateResponse.js';

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
