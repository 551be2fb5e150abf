import type { QuarantineReason } from '../../../stages/align/quarantine.js';

/** What each reason to set a row aside means, and what to look at. */
export const QUARANTINE_WORDS: Readonly<Record<QuarantineReason, string>> = {
  not_a_number:
    'A price, size or quantity is text that is no number, such as "1,000.05", "n/a" or "-", or it is minus infinity. It is not taken for a missing value: empty text is. Write numbers with a decimal point and without separators of thousands, and nothing where there is no value.',
  non_finite:
    'The row has no time, or a price, size or side that is empty, infinite or no number; a stamp before 1970 or after 2200 counts as none. Look at the writer: nulls and sentinels for “no value” should not be in rows that are meant to count.',
  unknown_symbol:
    'The symbol of the row is not in the universe. A feed may hold more than the basket, so this is no defect; align.json names the commonest of them. If a name of the universe has no rows, it may trade under one of these: add it to universe.csv, or to symbols.csv (symbol, from, to, as).',
  misspelt_symbol:
    'The symbol is a name of the universe but for blanks or case. It is not taken for that name: write it as the universe has it, or map it in symbols.csv.',
  no_symbol: 'The row has no symbol, or a blank one.',
  unreadable_symbol:
    'The symbol has a NUL, another control character, a line break or a mark that turns the direction of text. It stands for no name, whatever it looks like; look at the writer of the feed. A note of the day shows it escaped.',
  unreadable_venue:
    'The venue has a NUL, another control character, a line break or a mark that turns the direction of text, and no table could show it. Look at the writer of the feed; the examples in align.json have it escaped.',
  other_date:
    'The stamp lies more than three days from the date of its folder. Put the row into the folder of its trading date; a stamp of 1970 is one of seconds or milliseconds that was read as nanoseconds: give data.columns its unit.',
  one_sided:
    'The quote has no bid or no ask: price or size is zero or empty, as at a price limit; under align.units: price a price of zero is one, and only an empty one is none. It is no defect. The mid is missing until a quote with both sides comes, and the book of other venues stands.',
  absurd_spread:
    'The spread is wider than align.max_spread as a share of the mid, or under align.units: price than a hundred times the typical spread of the day (its lower quartile): a placeholder such as 199999.99 for a side that nobody offers. The side counts as missing, as in one_sided.',
  out_of_session:
    'The stamp lies outside calendar.sessions. Quotes before and after trading are no defect and do not count towards align.max_quarantine. When most rows of a day lie outside, the run ends with exit 3: then calendar.timezone is wrong, or ts is not UTC.',
  non_positive_price:
    'A price of a trade is zero or negative, or one of a quote negative. Instruments that trade there want align.units: price, which takes them; else mend the prices.',
  non_positive_size: 'A size or quantity is zero or negative. Sells have a positive quantity and side −1.',
  crossed: 'The bid is above the ask. A venue that shows that for long has lost messages.',
  locked: 'The bid equals the ask. It is set aside where align.locked is quarantine; by default such quotes are kept.',
  bad_side:
    'The side of a trade or fill is none of 1 (the buyer began it), −1 (the seller did) and, for trades, 0 (unknown); an own fill has a side. Say what the codes of the feed mean: data.sides: { B: buy, S: sell }.',
  out_of_order:
    'The stamp lies before one that came earlier in the same file for the same name and venue. Write files in order of ts, or set align.out_of_order: sort where the order of the file has no meaning.',
  duplicate:
    'The row was there before: the same identifier (trade_id, child_id) at the same stamp, a venue’s quote or a factor repeated to the nanosecond, or a row that two overlapping files of a day both hold. It would count twice.',
  sentinel:
    'The move of a bucket of your own is one that no market makes: 9000 bps or more, or the same value in five rows or more of a name, over fifty times its usual move. Such values stand for “no value”: write null there.',
  bad_tick:
    'A single quote further from the one before than align.bad_tick, or under align.units: price than twenty spreads (the typical one of the day, or the one before where that was wider), undone by the next of its venue. A real jump stays where it is and is kept.',
};
