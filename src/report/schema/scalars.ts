import { z } from 'zod';

/** What the schemas of published documents are made of: every property says what it is, and in what unit. */

/** Of a move, a spread or a cost: what the configuration says under `align.units`. */
export const MOVE = 'bps (price points under align.units: price)';
/** Of an entry of K. */
export const IMPACT = `${MOVE} per million`;
/** Of money. */
export const MILLIONS = 'millions of the reporting currency (of point value under align.units: price)';

export const text = (meaning: string) => z.string().describe(meaning);
export const texts = (meaning: string) => z.array(z.string()).describe(meaning);
export const number = (meaning: string) => z.number().describe(meaning);
export const numbers = (meaning: string) => z.array(z.number()).describe(meaning);
export const count = (meaning: string) => z.int().min(0).describe(meaning);
export const flag = (meaning: string) => z.boolean().describe(meaning);
export const date = (meaning: string) =>
  z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .describe(`${meaning}, YYYY-MM-DD`);
export const matrix = (meaning: string) => z.array(z.array(z.number())).describe(meaning);

/** Fields of an estimate; its bounds are absent where nothing says how uncertain it is. */
export const boundsOf = (unit: string, coverage: string) => ({
  low: z.number().optional().describe(`lower ${coverage} bound, ${unit}; absent where nothing bounds it`),
  high: z.number().optional().describe(`upper ${coverage} bound, ${unit}; absent where nothing bounds it`),
});

export const intervalOf = (unit: string, coverage: string) => ({
  value: number(unit),
  ...boundsOf(unit, coverage),
});

export const interval = (meaning: string, unit: string, coverage: string) =>
  z.strictObject(intervalOf(unit, coverage)).describe(meaning);
