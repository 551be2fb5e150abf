import { describe, expect, it } from 'vitest';
import { depthOfWindow } from '../../src/run/window/depthOfWindow.js';

const asked = { concavity: 1, liquidity: 0.25 };
const symbols = ['A', 'B', 'C'];
const day = (date: string, scale: readonly number[]) => ({
  date,
  median: [1, 5, 0.2].map((depth, i) => depth * scale[i]),
  flowBuckets: [10, 10, 10],
  fellBack: [0, 0, 0],
});
const usual = ['2024-03-04', '2024-03-05', '2024-03-06', '2024-03-07'].map((date) => day(date, [1, 1.3, 0.8]));

describe('depth of a day in another unit', () => {
  it.each([100, 0.01])('is refused by its date and what it is off by (%s)', (scale) => {
    const days = [...usual, day('2024-03-08', [scale, scale, scale])];
    expect(() => depthOfWindow(asked, days, symbols)).toThrow(/2024-03-08.*another unit/);
  });

  it('is refused where half of the window has it', () => {
    const days = [...usual.slice(0, 2), day('2024-03-08', [100, 100, 100]), day('2024-03-11', [100, 100, 100])];
    expect(() => depthOfWindow(asked, days, symbols)).toThrow(/another unit/);
  });

  it('is no quiet market, and no single name; and without liquidity scaling nothing depends on it', () => {
    expect(depthOfWindow(asked, [...usual, day('2024-03-08', [0.3, 0.4, 0.3])], symbols).scales).toHaveLength(5);
    expect(depthOfWindow(asked, [...usual, day('2024-03-08', [1, 30, 1])], symbols).scales).toHaveLength(5);
    const none = { concavity: 1, liquidity: 0 };
    expect(depthOfWindow(none, [], symbols).transform).toEqual(none);
  });
});
