import type { Engine } from '../../io/duckdb.js';
import type { FxRates } from '../../io/fxRates.js';
import { symbolsWithFx } from '../../io/referenceReader.js';
import type { Name } from '../../model/buckets.js';
import { dataError } from '../../model/failure.js';
import type { Inputs } from './inputs.js';

/** Whether every name is brought to one reporting currency, and once. */

const called = (currency: string): string => currency || 'none';

/**
 * Millions of different currencies would be added up as if they were one: names without a rate of their own must be of one
 * currency, which no other name converts. @throws data error naming a name that nothing converts.
 */
export async function refuseMixedCurrencies(engine: Engine, names: readonly Name[], inputs: Inputs): Promise<void> {
  const currencies = [...new Set(names.map(({ currency }) => currency ?? ''))].sort();
  if (currencies.length < 2 && names.every(({ fx }) => fx === names[0].fx)) return;
  const converted = await symbolsWithFx(engine, inputs.universe.path);
  const isConverted = names.some(({ fx }) => fx !== 1);
  const bare = names.filter(({ symbol }) => !isConverted || !converted.has(symbol));
  const home = commonest(bare.map(({ currency }) => currency ?? ''));
  const other = bare.find(({ currency = '' }) => currency !== home);
  if (other) {
    const listed = currencies.map(called).join(', ');
    throw dataError(
      `${inputs.universe.name} has names in several currencies (${listed}), and neither a column fx nor fx.csv converts ` +
        `"${other.symbol}" (${called(other.currency ?? '')})`,
      'add fx.csv (date, currency, rate), or the column fx: units of the reporting currency for one of the name’s',
    );
  }
  const twofold = names.find(({ currency = '', fx }) => currency !== '' && currency === home && fx !== 1);
  if (twofold)
    throw dataError(
      `${inputs.universe.name}: fx of "${twofold.symbol}" is ${twofold.fx}, and other names in ${home} have none`,
      `give every name in ${home} its fx, 1 where it is the reporting currency`,
    );
}

/** The reporting currency where some names have no rate: nameless before any other, then by the number of names. */
function commonest(currencies: readonly string[]): string | undefined {
  if (currencies.includes('')) return '';
  const count = new Map<string, number>();
  for (const currency of currencies) count.set(currency, (count.get(currency) ?? 0) + 1);
  return [...count].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
}

/** Two rates of one name would be multiplied. @throws data error naming the first such name. */
export function refuseTwoRates(names: readonly Name[], rates: FxRates, { universe, fx }: Inputs): void {
  const twice = names.find((name) => name.currency !== undefined && rates.has(name.currency) && name.fx !== 1);
  if (twice)
    throw dataError(
      `"${twice.symbol}" has fx ${twice.fx} in ${universe.name} and a rate of ${twice.currency} in ${fx!.name}`,
      `remove one of them: the column fx for names that ${fx!.name} converts, or currency for names with their own fx`,
    );
}

/** What a reader should know of a file of rates. */
export function currencyNotes(names: readonly Name[], { fx }: Inputs): string[] {
  if (!fx || names.some(({ currency }) => currency !== undefined)) return [];
  return [`${fx.name} is not used: no name of the universe has a currency`];
}
