import { checkDataRoot } from '../../io/files.js';
import { mainDataset, type NamedDay, namedDay, presentDays } from '../../run/window/tradingDays.js';
import type { DatesGiven } from '../options/dates.js';
import type { Session } from '../session.js';

/** `latest` and `previous` as the days of the data that they are; says so. */
export function withDaysOfData<T extends DatesGiven>({ config, effects }: Session, given: T): T {
  checkDataRoot(config.data.root);
  const present = presentDays(config, mainDataset(config));
  const resolved: Partial<Record<keyof DatesGiven, string>> = {};
  for (const key of ['date', 'from', 'to'] as const) {
    const name = given[key];
    if (name !== 'latest' && name !== 'previous') continue;
    resolved[key] = namedDay(present, name satisfies NamedDay);
    effects.stage(`--${key} ${name} is ${resolved[key]}`);
  }
  return { ...given, ...resolved };
}
