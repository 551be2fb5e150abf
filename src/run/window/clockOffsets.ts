import type { Config } from '../../config/schema.js';

type Offsets = Config['align']['clock_offsets'];

/** How far clocks run ahead on a date, by venue: those that are wrong on other dates alone are not among them. */
export function clockOffsetsOn(offsets: Offsets, date: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(offsets).flatMap(([venue, offset]) => {
      const ofDate = typeof offset === 'string' ? offset : offset[date];
      return ofDate === undefined ? [] : [[venue, ofDate]];
    }),
  );
}
