/**
 * What moves are measured in. With flow in millions of the reporting currency at the mid, a move in bps is money when both
 * are multiplied; so is one in price points with flow in millions of point value, which no price enters (MODEL §1).
 */
export const MOVE_UNITS = ['bps', 'price'] as const;
export type MoveUnit = (typeof MOVE_UNITS)[number];

/** The words for a unit, wherever numbers are shown. Names of columns stay what they are: `ret_bps` holds moves of either. */
export interface UnitWords {
  /** Of a move, a spread, a shortfall or a volatility. */
  readonly move: string;
  /** Of an entry of K, in the heads of tables. */
  readonly perMillion: string;
  /** Of an entry of K, at length. */
  readonly impact: string;
  readonly flow: string;
  /** What shortfalls are taken of. */
  readonly ofNotional: string;
  /** What the cost of an order, of a basket and of all that is traded is said in. */
  readonly ofOrder: string;
  readonly ofBasket: string;
  readonly ofTurnover: string;
}

const WORDS: Readonly<Record<MoveUnit, UnitWords>> = {
  bps: {
    move: 'bps',
    perMillion: 'bps/M',
    impact: 'bps per million of reporting currency',
    flow: 'signed millions of reporting currency per bucket',
    ofNotional: 'bps of the arrival notional',
    ofOrder: 'bps of the order',
    ofBasket: 'bps of the basket',
    ofTurnover: 'bps of turnover',
  },
  price: {
    move: 'price points',
    perMillion: 'points/M',
    impact: 'price points per million of point value in reporting currency',
    flow: 'signed millions of point value in reporting currency per bucket',
    ofNotional: 'price points per unit of quantity',
    ofOrder: 'price points per unit of the order',
    ofBasket: 'price points per unit of the basket',
    ofTurnover: 'price points per unit traded',
  },
};

export const unitWords = (unit: MoveUnit): UnitWords => WORDS[unit];

/** The field `units` of a manifest. */
export function manifestUnits(unit: MoveUnit): { readonly K: string; readonly flow: string; readonly move: string } {
  const { impact, flow, move } = WORDS[unit];
  return { K: impact, flow, move: `${move} per bucket` };
}

/** The unit of a version, by the configuration in its manifest or report: bps where it says nothing. */
export function moveUnitOf(config: unknown): MoveUnit {
  const { align } = (config ?? {}) as { readonly align?: { readonly units?: unknown } };
  return align?.units === 'price' ? 'price' : 'bps';
}

/** The words of a manifest or a report. */
export const wordsOf = ({ config }: { readonly config: unknown }): UnitWords => WORDS[moveUnitOf(config)];

/** Units of the reporting currency that a move of one in a million of flow is worth: a basis point of it, or all of it. */
export const currencyPerMoveMillion = (unit: MoveUnit): number => (unit === 'price' ? 1e6 : 100);

/** A difference of prices as a move: a spread, or what was paid beyond the mid. */
export const asMove = (difference: number, mid: number, unit: MoveUnit): number =>
  unit === 'price' ? difference : (1e4 * difference) / mid;

/** The difference of prices that {@link asMove} gave. */
export const asPrice = (move: number, mid: number, unit: MoveUnit): number =>
  unit === 'price' ? move : (move * mid) / 1e4;
