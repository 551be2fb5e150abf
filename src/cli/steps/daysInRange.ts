import { dataError } from '../../model/failure.js';
import { noTradingDays, presentDays } from '../../run/window/tradingDays.js';
import { type RangeArguments, rangeOf } from '../options/dates.js';
import type { Session } from '../session.js';

/** The days of the data in a range. @throws XimError `noTradingDay` or `data` where there is none. */
export function daysInRange({ config }: Session, args: RangeArguments): string[] {
  const { from, to } = rangeOf(args);
  const present = presentDays(config);
  const dates = present.dates.filter((d) => d >= from && d <= to);
  if (dates.length > 0) return dates;
  throw (
    noTradingDays(present, from, to) ??
    dataError(
      `there are no ${present.dataset} from ${from} to ${to} below ${config.data.root}`,
      'check the dates and data.root',
    )
  );
}
