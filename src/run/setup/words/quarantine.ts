import type { QuarantineReason } from '../../../stages/align/quarantine.js';

/** What each reason to set a row aside means, and what to look at. */
export const QUARANTINE_WORDS: Readonly<Record<QuarantineReason, string>> = {
  non_finite:
    'The row has no time, or a price, size or side that is empty, infinite or no number; a stamp before 1970 or after 2200 counts as none. Look at the writer: nulls and sentinels for “no value” should not be in rows that are meant to count.',
  unknown_symbol:
    'The symbol of the row is not in the universe. Add the name to universe.csv, or correct how it is spelt there: upper case, suffixes and leading zeros count.',
  out_of_session:
    'The stamp lies outside calendar.sessions. Quotes before and after trading are no defect and do not count towards align.max_quarantine. When most rows of a day lie outside, the run ends with exit 3: then calendar.timezone is wrong, or ts is not UTC.',
  non_positive_price:
    'A price, bid or ask is zero or negative. Feeds write zero where a side of the book is empty; such a row does not say where the market is.',
  non_positive_size: 'A size or quantity is zero or negative. Sells have a positive quantity and side −1.',
  crossed: 'The bid is above the ask. A venue that shows that for long has lost messages.',
  locked: 'The bid equals the ask. It is set aside where align.locked is quarantine; by default such quotes are kept.',
  bad_side:
    'The side of a trade or fill is none of 1 (the buyer began it), −1 (the seller did) and 0 (unknown). Write codes such as B and S, or 1 and 2, as these numbers.',
  out_of_order:
    'The stamp lies before one that came earlier in the same file for the same name and venue. Write files in order of ts, or set align.out_of_order: sort where the order of the file has no meaning.',
  duplicate:
    'The row was there before: the same identifier (trade_id, child_id) at the same stamp, a venue’s quote or a factor repeated to the nanosecond, or a row that two overlapping files of a day both hold. It would count twice.',
  bad_tick:
    'A single quote further from the one before than align.bad_tick, undone by the next of its venue. A real jump stays where it is and is kept.',
};
