import { dataError } from '../../model/failure.js';
import type { AlignContext } from '../../run/window/alignKey.js';
import { type RangeArguments, rangeOptions } from '../options/dates.js';
import type { CommandResult, Session } from '../session.js';
import { textTable } from '../text.js';
import { defineVerb } from '../verb.js';

export const verb = defineVerb<RangeArguments>({
  name: 'align',
  description: 'raw events to synchronised buckets',
  options: rangeOptions,
  computes: true,
  action: async (session, args) => {
    const { alignContext, withEngine, withLock } = await import('../../run/pipeline.js');
    const { collectInputs } = await import('../../run/window/inputs.js');
    const { config, effects } = session;
    const inputs = await collectInputs(config, await requestedDates(session, args));
    if (session.options.dryRun)
      return { text: `would align ${inputs.dates.join(', ')}`, json: { dates: inputs.dates } };
    return withLock(config, session.lockTimeoutMs, effects, () =>
      withEngine(config, effects, async (engine) =>
        alignDates(await alignContext(config, inputs, engine, effects), effects.stage),
      ),
    );
  },
});

async function requestedDates(session: Session, args: RangeArguments): Promise<string[]> {
  const { windowDates } = await import('../../run/window/tradingDays.js');
  const { daysInRange } = await import('../steps/daysInRange.js');
  return args.date === undefined ? daysInRange(session, args) : windowDates(session.config, args.date, 1);
}

async function alignDates(context: AlignContext, stage: (text: string) => void): Promise<CommandResult> {
  const { alignDay } = await import('../../run/window/alignDay.js');
  const { windowNotes } = await import('../../run/window/events.js');
  const { checksumText } = await import('../../run/window/checksums.js');
  const { besideUniverse } = await import('../../run/window/daySymbols.js');
  const { dates } = context.inputs;
  const days = [];
  for (const date of dates) {
    stage(`align ${date}`);
    const { report, tables } = await alignDay(context, date);
    const silent = report.coverage.filter((name) => name.quotes === 0).map((name) => name.symbol);
    if (silent.length > 0 && dates.length === 1)
      throw dataError(
        `${silent.join(', ')}: no usable quote on ${date}${besideUniverse([report])}`,
        'remove the name from the universe, check its symbol, or map it in symbols.csv',
      );
    days.push({ folder: await tables(), report });
  }
  const notes = windowNotes(context);
  const rows = days.flatMap(({ report }) =>
    Object.entries(report.datasets).map(([dataset, { rows, used, quarantined, checksums }]) => [
      report.date,
      dataset,
      rows,
      used,
      Object.entries(quarantined)
        .map(([reason, n]) => `${reason} ${n}`)
        .join(', '),
      checksumText(checksums),
    ]),
  );
  return {
    text: [
      textTable(['date', 'dataset', 'rows', 'used', 'quarantined', 'checksums'], rows),
      ...days.map(({ folder }) => folder),
      ...new Set([...days.flatMap(({ report }) => report.notes), ...notes].map((note) => `note: ${note}`)),
    ].join('\n'),
    json: { days: days.map(({ folder, report }) => ({ folder, ...report })), notes },
  };
}
