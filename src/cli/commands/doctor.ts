import { Option } from 'commander';
import type { Check } from '../../run/setup/doctor/check.js';
import type { Examination } from '../../run/setup/doctor/doctor.js';
import { tradingDate } from '../options/parsers.js';
import { EXIT } from '../process/exitCodes.js';
import { textTable } from '../text.js';
import { defineVerb } from '../verb.js';

interface DoctorArguments {
  readonly date: string;
}

/** Enough for footers and a universe, whatever a run may take. */
const FOOTER_MEMORY = '512MB';

export const verb = defineVerb<DoctorArguments>({
  name: 'doctor',
  description: 'whether a run can go ahead, what it would read and need; the exit code is that of the run',
  findsDays: true,
  options: [
    new Option('--date <date>', 'trading day of the data, or latest')
      .default('latest')
      .argParser((text: string) => (text === 'latest' ? text : tradingDate(text))),
  ],
  computes: true,
  action: async ({ config, effects }, { date }) => {
    const { openEngine } = await import('../../io/duckdb.js');
    const { examine } = await import('../../run/setup/doctor/doctor.js');
    const { thisMachine } = await import('../process/machine.js');
    const machine = thisMachine();
    // Footers never spill: no folder for temporary files is made, as it may be what is missing.
    const { temporaryFolder } = machine;
    const engine = await openEngine({ threads: 1, memoryLimit: FOOTER_MEMORY, temporaryFolder });
    const found = await examine(config, date, engine, machine, effects).finally(() => engine.close());
    const exitCode = found.problem === undefined ? 0 : EXIT[found.problem];
    return { text: textOf(found, exitCode), json: { ...found, exitCode }, exitCode };
  },
});

function textOf({ checks, days, estimate, dates }: Examination, exitCode: number): string {
  return [
    ...(days.length > 0 ? [dayTable(days, dates), ''] : []),
    textTable(['', 'check', 'found'], checks.map(checkRow)),
    ...(estimate ? [`a run with nothing cached takes about ${estimate.seconds} s (a rough estimate)`] : []),
    exitCode === 0
      ? `a run can go ahead: xim run --date ${dates.at(-1)}`
      : `a run would end with exit ${exitCode}: xim explain ${exitCode}`,
  ].join('\n');
}

/** Rows by day and dataset. */
function dayTable(days: Examination['days'], dates: readonly string[]): string {
  const datasets = [...new Set(days.map(({ dataset }) => dataset))];
  const rows = dates.map((date) => {
    const own = days.filter((day) => day.date === date);
    const sum = (of: (day: (typeof own)[number]) => number) => own.reduce((total, day) => total + of(day), 0);
    const counts = datasets.map((dataset) => {
      const day = own.find((found) => found.dataset === dataset);
      return day ? (day.rows ?? 'uncounted') : '–';
    });
    return [date, ...counts, sum(({ files }) => files), (sum(({ bytes }) => bytes) / 1e6).toFixed(1)];
  });
  return textTable(['rows on', ...datasets, 'files', 'MB'], rows);
}

const checkRow = ({ check, status, says, remedy }: Check): string[] => [
  status,
  check,
  remedy === undefined ? says : `${says}: ${remedy}`,
];
