import type { Session } from '../../model/calendar.js';
import { isPlain, quoted as quotedText } from '../../model/plainText.js';
import { workBytes } from '../window/memory.js';
import { type CalendarGuess, guessCalendar, percent, shareInside } from './calendarGuess.js';
import { dataMapping } from './dataMapping.js';
import type { Setting } from './setting.js';
import { type DatasetSurvey, mainOf, type Survey } from './survey.js';

/** A configuration for a folder that was looked at. */
export interface Proposal {
  readonly settings: readonly Setting[];
  /** Of the universe, written or there already. */
  readonly names: number;
  /** Names for a universe; empty where there is one. */
  readonly symbols: readonly string[];
  /** What could not be told, or needs a person. */
  readonly notes: readonly string[];
  /** The last day that can be calibrated. */
  readonly lastDate: string | undefined;
}

const LONGEST_WINDOW = 20;

/** Guesses every key that depends on the data. Pure: all that it knows is in the survey. */
export function propose(survey: Survey): Proposal {
  const { datasets } = survey;
  const main = mainOf(datasets);
  const calendar = guessCalendar(main?.events?.days ?? []);
  const names = universeOf(survey);
  const count = survey.universe?.length ?? names.symbols.length;
  const pace = paceOf(main, calendar, Math.max(1, survey.quoted.length));
  const mapping = dataMapping(datasets);
  const dates = main?.dates ?? [];
  const settings = [
    ...(main?.dataset === 'buckets' ? [set('data.source', 'buckets', 'buckets are there, and no quotes')] : []),
    ...mapping.settings,
    ...(calendar
      ? [
          set('calendar.timezone', calendar.timezone, calendar.timezoneEvidence),
          set('calendar.sessions', calendar.sessions, calendar.sessionsEvidence),
        ]
      : []),
    ...flowSettings(datasets),
    ...pace.settings,
    ...factorSettings(datasets),
    set('fit.window', `${Math.max(1, Math.min(LONGEST_WINDOW, dates.length))}d`, windowEvidence(dates)),
    ...memorySettings(count, calendar?.sessions ?? [], pace.bucketSeconds, dates.length),
  ];
  const notes = [
    ...(calendar ? calendar.notes : ['no stamps could be read: set calendar.timezone and calendar.sessions yourself']),
    ...(calendar ? clockNotes(datasets, calendar) : []),
    ...mapping.notes,
    ...names.notes,
    ...dayNotes(datasets, dates),
    ...survey.unknown.map((name) => `${name} looks like no dataset and is not read`),
  ];
  return { settings, names: count, symbols: names.symbols, notes, lastDate: dates.at(-1) };
}

const set = (key: string, value: unknown, evidence: string): Setting => ({ key, value, evidence });
const find = (datasets: readonly DatasetSurvey[], name: string) => datasets.find(({ dataset }) => dataset === name);

/** From so many names on a universe is rarely what a desk trades. */
const MANY_NAMES = 500;

function universeOf({ universe, quoted, quotedFirst, filled, namelessRows }: Survey) {
  if (universe) {
    const silent = universe.filter((symbol) => !quoted.includes(symbol));
    return {
      symbols: [],
      notes: silent.length > 0 ? [`no quotes on the last day: ${some(silent)} of the universe`] : [],
    };
  }
  const traded = filled && new Set(filled);
  const candidates = traded ? quoted.filter((symbol) => traded.has(symbol)) : [...quoted];
  const symbols = candidates.filter(isPlain);
  const unseen = candidates.filter((symbol) => !isPlain(symbol));
  const late = symbols.filter((symbol) => !quotedFirst.includes(symbol));
  const unquoted = filled?.filter((symbol) => !quoted.includes(symbol)) ?? [];
  const without = quoted.length - candidates.length;
  return {
    symbols,
    notes: [
      ...(without > 0 ? [`${without} names with quotes and without own fills are left out of the universe`] : []),
      ...(unseen.length > 0
        ? [`symbols with characters that are not seen are left out of the universe: ${some(unseen.map(quotedText))}`]
        : []),
      ...(unquoted.length > 0 ? [`own fills without quotes on the last day: ${some(unquoted)}`] : []),
      ...(late.length > 0 ? [`no quotes on the first day: ${some(late)}`] : []),
      ...(namelessRows > 0 ? [`${namelessRows} rows of the last day have no symbol`] : []),
      ...(symbols.length > MANY_NAMES
        ? [`${symbols.length} names were found: keep the basket that is traded in universe.csv`]
        : []),
      ...(symbols.length > 1
        ? [
            'no sectors are known: every name is in the block "all"; write sectors into universe.csv, or let clusters be found with fit.shrinkage.target: clusters',
          ]
        : []),
    ],
  };
}

function flowSettings(datasets: readonly DatasetSurvey[]): Setting[] {
  if (mainOf(datasets)?.dataset === 'buckets') return [];
  if (find(datasets, 'fills')) return [set('flow.source', 'fills', 'own fills are there')];
  return [
    set(
      'flow.source',
      'trades',
      find(datasets, 'trades') ? 'no own fills: the market tape' : 'no own fills, and no trades were found either',
    ),
  ];
}

function factorSettings(datasets: readonly DatasetSurvey[]): Setting[] {
  const isGiven =
    find(datasets, 'factors') ||
    datasets.some(({ files }) => files.some(({ name }) => name.endsWith('/factors.parquet')));
  return isGiven
    ? [set('defactor.factors', 'given', 'factor moves are there')]
    : [set('defactor.factors', 'none', 'no factors found; "derived" takes out what the names have in common')];
}

function windowEvidence(dates: readonly string[]): string {
  if (dates.length === 0) return 'no trading day was found in the paths';
  if (dates.length === 1) return `one day present, ${dates[0]}: intervals will be wide`;
  return `${dates.length} days present, ${dates[0]} to ${dates.at(-1)}`;
}

/** Buckets that most names have news in, and how long a quote stands that is not old. */
function paceOf(main: DatasetSurvey | undefined, calendar: CalendarGuess | undefined, names: number) {
  const day = main?.events?.days.at(-1);
  const seconds = calendar ? sessionSeconds(calendar.sessions) : 0;
  if (!day || !calendar || seconds === 0)
    return { settings: [set('align.bucket', '1s', 'the default')], bucketSeconds: 1 };
  const rows = shareInside(day, calendar) * [...day.minutes.values()].reduce((sum, n) => sum + n, 0);
  const interval = (seconds * names) / Math.max(1, rows);
  const bucketSeconds = interval <= 5 ? 1 : interval <= 50 ? 10 : 60;
  const pace = `a quote every ${Number(interval.toPrecision(2))} s and name on ${day.date}`;
  const stale = [30, 60, 120, 300].find((limit) => limit >= 20 * interval) ?? 600;
  return {
    bucketSeconds,
    settings: [
      set('align.bucket', bucketSeconds === 60 ? '60s' : `${bucketSeconds}s`, pace),
      ...(stale > 30 ? [set('align.max_stale', `${stale / 60}m`, `${pace}: a quiet book is not an old one`)] : []),
    ],
  };
}

const sessionSeconds = (sessions: readonly Session[]): number =>
  sessions.reduce((sum, [start, end]) => sum + secondOf(end) - secondOf(start), 0);
const secondOf = (time: string): number =>
  time.split(':').reduce((sum, part, k) => sum + Number(part) * [3600, 60, 1][k], 0);

const GIGABYTE = 0x4000_0000;
/** `engine.memory` by default. */
const DEFAULT_MEMORY_GB = 4;
const TYPICAL_BASES = 5;

function memorySettings(names: number, sessions: readonly Session[], bucketSeconds: number, days: number): Setting[] {
  const buckets = Math.ceil(sessionSeconds(sessions) / bucketSeconds);
  const folds = Math.min(LONGEST_WINDOW, Math.max(10, days));
  const gigabytes = workBytes({ names, factors: 0, bases: TYPICAL_BASES, buckets, folds }, 'events') / GIGABYTE;
  if (gigabytes <= DEFAULT_MEMORY_GB) return [];
  const size = `${Math.ceil(gigabytes)}GB`;
  return [set('engine.memory', size, `${names} names and ${buckets} buckets a day need about ${size}`)];
}

/** A dataset whose stamps keep to other hours than the quotes is in another clock, or another unit. */
function clockNotes(datasets: readonly DatasetSurvey[], calendar: CalendarGuess): string[] {
  return datasets.flatMap(({ dataset, events }) =>
    (events?.days ?? []).flatMap((day) => {
      const inside = shareInside(day, calendar);
      return inside < 0.5 && day.minutes.size > 0
        ? [`${percent(1 - inside)} of the ${dataset} of ${day.date} lie outside the sessions: are their stamps UTC?`]
        : [];
    }),
  );
}

function dayNotes(datasets: readonly DatasetSurvey[], dates: readonly string[]): string[] {
  return datasets.flatMap(({ dataset, dates: own, folder, files }) => {
    const missing = dates.filter((date) => !own.includes(date));
    const undated = files.filter(({ date }) => date === undefined);
    return [
      ...(folder === dataset
        ? []
        : [`${folder === '' ? files[0].name : folder} looks like ${dataset}: put it into ${dataset}/date=YYYY-MM-DD`]),
      ...(undated.length > 0 ? [`${undated[0].name}${more(undated.length - 1)}: no trading date in the path`] : []),
      ...(missing.length > 0 && dataset !== 'parents' ? [`${dataset} lack ${some(missing)}`] : []),
    ];
  });
}

const some = (texts: readonly string[]): string => texts.slice(0, 5).join(', ') + more(texts.length - 5);
const more = (count: number): string => (count > 0 ? ` and ${count} more` : '');
