export type SideWord = 'buy' | 'sell' | 'unknown';

/** What a run understands without being told. */
const OURS = new Set(['1', '-1', '0', '1.0', '-1.0', '0.0']);
/** Not `bid` and `ask`: they may be the side of the book that was hit, or that of the aggressor. */
const WORDS: Readonly<Record<string, SideWord>> = {
  b: 'buy',
  buy: 'buy',
  bot: 'buy',
  bought: 'buy',
  s: 'sell',
  sell: 'sell',
  sld: 'sell',
  sold: 'sell',
  n: 'unknown',
  none: 'unknown',
  unknown: 'unknown',
  u: 'unknown',
};
/** FIX tag 54, where 5 and 6 are short sales. */
const FIX: Readonly<Record<string, SideWord>> = { '1': 'buy', '2': 'sell', '5': 'sell', '6': 'sell' };
/** `isBuyerMaker`: the buyer's order was resting, so the seller took it. */
const BUYER_RESTED: Readonly<Record<string, SideWord>> = { true: 'sell', false: 'buy' };

export interface SideCodes {
  /** What each value means; absent where a run understands them as they are, or where nobody can tell. */
  readonly meaning?: Readonly<Record<string, SideWord>>;
  readonly evidence: string;
  readonly isUnclear: boolean;
}

/** What the values of a column of sides mean. Where two readings are possible it says so and guesses none. */
export function sideCodes(columnName: string, values: readonly string[]): SideCodes {
  const shown = values.map((value) => JSON.stringify(value)).join(', ');
  if (values.every((value) => OURS.has(value)))
    return values.includes('-1') || values.includes('-1.0') || !values.some((value) => value.startsWith('0'))
      ? { evidence: `sides are ${shown}`, isUnclear: false }
      : { evidence: `sides are ${shown}: 0 may mean sell, or unknown`, isUnclear: true };
  const read = (table: Readonly<Record<string, SideWord>>) =>
    values.every((value) => table[value.toLowerCase()] !== undefined)
      ? Object.fromEntries(values.map((value) => [value, table[value.toLowerCase()]]))
      : undefined;
  const isMaker = /maker/i.test(columnName);
  const [meaning, why] = isMaker
    ? [read(BUYER_RESTED), `${columnName} is true where the seller took a resting buy order`]
    : [read(WORDS) ?? read(FIX), read(WORDS) ? `values seen: ${shown}` : `values seen: ${shown}, as FIX writes sides`];
  return meaning
    ? { meaning, evidence: why, isUnclear: false }
    : { evidence: `sides are ${shown}, which nothing here explains`, isUnclear: true };
}
