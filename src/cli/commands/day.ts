import { type DateArgument, dateOption, requiredDate } from '../options/dates.js';
import { tradingDate } from '../options/parsers.js';
import { defineVerb } from '../verb.js';

interface DayArguments extends DateArgument {
  readonly asof?: string;
}

export const verb = defineVerb<DayArguments>({
  name: 'day',
  description: 'what a run needs of one day, made beforehand and without the lock: any number at the same time',
  options: [
    requiredDate,
    dateOption(
      '--asof <date>',
      'last day of the window that the day is made for (default: the first that holds it)',
      tradingDate,
    ),
  ],
  action: async ({ config, effects, options }, { date, asof }) => {
    const { prepareDay, usualWindow } = await import('../../run/preparedDay.js');
    const window = asof ?? usualWindow(config, date);
    if (options.dryRun) return { text: `would make ${date} for the window to ${window}`, json: { date, asof: window } };
    const made = await prepareDay({ config, date, asof: window }, effects);
    return {
      text: made.complete
        ? `${date}: made, for the window to ${window}`
        : `${date}: made as far as it can be before ${made.waitsFor} of the window to ${window}`,
      json: made,
    };
  },
});
