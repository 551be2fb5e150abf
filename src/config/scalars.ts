import { z } from 'zod';
import { isDate } from '../model/calendar.js';
import { parseDurationNs } from '../model/duration.js';

/** Kinds of single values that settings are made of, each with what is said of one that is not. */

export const duration = z
  .string()
  .refine((text) => parseDurationNs(text) !== undefined, { message: 'is not a duration such as 250ms, 1s, 5m, 20d' });
export const days = z.string().regex(/^[1-9]\d*d$/, { message: 'is not a number of days such as 20d' });
export const clockOffset = z
  .string()
  .regex(/^-?\d+(\.\d+)?(ns|us|ms|s)$/, { message: 'is not a clock offset such as 5ms or -250us' });
export const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, { message: 'is not a time of day such as 09:30' });
export const endOfSession = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?|24:00(:00)?)$/, {
  message: 'is not a time of day such as 16:00 or 24:00',
});
export const date = z.string().refine(isDate, { message: 'is not a date such as 2024-07-03' });
export const share = z.number().min(0).max(1);
export const positive = z.number().positive();
export const autoOr = (number: z.ZodNumber) => z.union([z.literal('auto'), number]);
