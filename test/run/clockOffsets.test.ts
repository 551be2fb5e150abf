import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.js';
import { clockOffsetsOn } from '../../src/run/window/clockOffsets.js';

const offsetsOf = (...settings: (readonly [path: string, text: string])[]) => {
  const flags = settings.map(([path, text]) => ({ path: `align.clock_offsets.${path}`, text, writtenAs: '--set' }));
  return resolveConfig({ file: undefined, fileName: 'xim.yaml', environment: {}, flags }).config.align.clock_offsets;
};

describe('clock offsets of single dates', () => {
  const offsets = offsetsOf(['BATS.2024-03-14', '1500ms'], ['ARCX', '-3ms']);

  it('apply on these dates alone, beside those that always do', () => {
    expect(clockOffsetsOn(offsets, '2024-03-14')).toEqual({ BATS: '1500ms', ARCX: '-3ms' });
    expect(clockOffsetsOn(offsets, '2024-03-13')).toEqual({ ARCX: '-3ms' });
    expect(clockOffsetsOn({}, '2024-03-14')).toEqual({});
  });

  it('are refused by name where they are none', () => {
    expect(() => offsetsOf(['BATS.2024-03-32', '1ms'])).toThrow(/clock_offsets\.BATS.*2024-03-32/s);
    expect(() => offsetsOf(['BATS.2024-03-14', 'late'])).toThrow(
      /clock_offsets\.BATS\.2024-03-14: "late" is not a clock offset/,
    );
  });
});
