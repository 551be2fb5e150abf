import { Option } from 'commander';
import { XimError } from '../../model/failure.js';
import { dateOption, optionalDate } from '../options/dates.js';
import { tradingDate } from '../options/parsers.js';
import type { CommandResult, Session } from '../session.js';
import { defineVerb } from '../verb.js';

interface DayArguments {
  readonly date?: string;
  readonly asof?: string;
  readonly list?: boolean;
}

export const verb = defineVerb<DayArguments>({
  name: 'day',
  description: 'what a run needs of one day, made beforehand and without the lock: any number at the same time',
  options: [
    optionalDate,
    dateOption(
      '--asof <date>',
      'last day of the window that it is for (default: the first that holds it)',
      tradingDate,
    ),
    new Option('--list', 'instead, the days of the window to --asof that are still to be made, one a line'),
  ],
  computes: true,
  action: (session, { date, asof, list }) => {
    if (list) return toBeMade(session, required(asof ?? date, '--asof'));
    return made(session, required(date, '--date'), asof);
  },
});

function required(date: string | undefined, option: string): string {
  if (date !== undefined) return date;
  throw new XimError('usage', `no ${option} given`, `pass ${option} YYYY-MM-DD`);
}

async function toBeMade(session: Session, asof: string): Promise<CommandResult> {
  const { runOptions } = await import('../steps/calibration.js');
  const { roundsOf, windowState } = await import('../../run/windowState.js');
  const state = await windowState(runOptions(session, asof), session.effects);
  const { unsummed, dates, version } = state;
  const rounds = version ? [] : roundsOf(session.config, state);
  return { text: rounds.length > 0 ? unsummed.join('\n') : '', json: { asof, window: dates, rounds } };
}

async function made({ config, effects, options }: Session, date: string, asof?: string): Promise<CommandResult> {
  const { prepareDay, usualWindow } = await import('../../run/preparedDay.js');
  const window = asof ?? usualWindow(config, date);
  if (options.dryRun) return { text: `would make ${date} for the window to ${window}`, json: { date, asof: window } };
  const day = await prepareDay({ config, date, asof: window }, effects);
  return {
    text: day.complete
      ? `${date}: made, for the window to ${window}`
      : `${date}: made as far as it can be before ${day.waitsFor} of the window to ${window}`,
    json: day,
  };
}
