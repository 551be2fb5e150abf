/** From one clock time of the venue to another, on one date. */
export interface HoursOfDate {
  readonly date: string;
  readonly from: string;
  readonly to: string;
}

export interface HaltScenario extends HoursOfDate {
  readonly symbol: string;
}

export interface LateVenueScenario extends HoursOfDate {
  readonly venue: string;
  readonly seconds: number;
}

export interface EventScenario extends HoursOfDate {
  readonly symbol: string;
  readonly label: string;
  readonly jump_bps: number;
}

/** A simulated market, parsed from its configuration; the schema explains every field. */
export interface Scenario {
  readonly seed: number;
  readonly names: number;
  readonly blocks: number;
  readonly days: number;
  readonly first_date: string;
  readonly timezone: string;
  readonly sessions: readonly (readonly [string, string])[];
  /** Sessions of single dates, instead of the usual ones. */
  readonly overrides?: Readonly<Record<string, readonly (readonly [string, string])[]>> | undefined;
  readonly venues: readonly string[];
  readonly impact: {
    readonly within: number;
    readonly between: number;
    readonly dispersion: number;
    readonly per_child_bps: number;
    readonly tau_seconds: readonly (number | 'permanent')[];
    readonly weights: readonly number[];
    readonly wide_multiplier: number;
    /** Two names that are nearly one, such as share classes; absent: none are. */
    readonly twins?: { readonly symbols: readonly string[]; readonly link: number } | undefined;
    /** Impact that is concave after the decay (MODEL §2a); absent: all of it is linear. */
    readonly concave?:
      | {
          readonly power: number;
          readonly scale: number;
          readonly tau_seconds: readonly number[];
          readonly weights: readonly number[];
          readonly links: number;
        }
      | undefined;
  };
  readonly flow: {
    readonly baskets: number;
    readonly share: number;
    readonly minutes: number;
    readonly rate: number;
    readonly one_sided: number;
    readonly chasing: number;
    readonly tails?: number | undefined;
    /** By symbol, the share of the usual orders that it gets. */
    readonly thin?: Readonly<Record<string, number>> | undefined;
  };
  readonly factors: { readonly market_bps: number; readonly block_bps: number };
  /** An experiment on the parent orders; absent: orders have no arm. */
  readonly arms?:
    | { readonly unit: 'basket' | 'parent'; readonly share: number; readonly saving_bps: number }
    | undefined;
  /** Depth at the touch that varies, and impact with it; absent: quoted sizes say nothing. */
  readonly liquidity?:
    | { readonly gamma: number; readonly spread: number; readonly half_life_minutes: number }
    | undefined;
  /** What happens at given hours of given dates; absent: nothing. */
  readonly halts?: readonly HaltScenario[] | undefined;
  readonly late_venues?: readonly LateVenueScenario[] | undefined;
  readonly events?: readonly EventScenario[] | undefined;
  readonly noise_bps: number;
  readonly noise_trades: number;
  readonly faults: {
    readonly venue_clock_ms: Readonly<Record<string, number>>;
    readonly gap_minutes: number;
    readonly halt_minutes: number;
    readonly bad_ticks: number;
    readonly crossed: number;
    readonly duplicates: number;
    readonly out_of_order: number;
    /** Breaks of the model, each for one diagnostic; absent: none. */
    readonly late_quotes_ms?: number | undefined;
    readonly hidden_factors?: boolean | undefined;
    readonly flow_follows_moves?: number | undefined;
    readonly links_flip_on_day?: number | undefined;
    readonly link_reversion?: number | undefined;
    readonly crowding?: number | undefined;
    readonly concavity?: number | undefined;
  };
}

export const scenarioSymbols = (names: number): string[] =>
  Array.from({ length: names }, (_, i) => `SIM${String(i + 1).padStart(String(names).length, '0')}`);

/** Trading days: weekdays from the first date on. */
export function scenarioDates({ first_date, days }: Pick<Scenario, 'first_date' | 'days'>): string[] {
  const dates: string[] = [];
  for (const day = new Date(`${first_date}T00:00:00Z`); dates.length < days; day.setUTCDate(day.getUTCDate() + 1)) {
    if (day.getUTCDay() % 6 !== 0) dates.push(day.toISOString().slice(0, 10));
  }
  return dates;
}
