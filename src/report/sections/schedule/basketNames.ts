import type { DocumentName, ScheduleDocument } from '../../../model/scheduleDocument.js';
import { unitWords } from '../../../model/units.js';
import { type Cell, NOTHING, table } from '../../elements.js';
import { html, type Markup } from '../../html.js';
import { bySize, costDecimals, decimalsOf, fixed, millions, named, share, sum } from './words.js';

/** Names that the table has; files have all. */
const MOST = 100;

interface Column {
  readonly head: string;
  readonly isNumber: boolean;
  readonly cell: (name: DocumentName, i: number) => Cell;
}

/** Every name: how much, how fast, what it costs, and what was asked for it alone. */
export function basketNames(document: ScheduleDocument): Markup {
  const columns = [...columnsOf(document), ...askedColumns(document)];
  const order = bySize(document.names);
  const rows = order.slice(0, MOST).map((i) => columns.map(({ cell }) => cell(document.names[i], i)));
  const rest = order.length - rows.length;
  return html`${[
    table(
      columns.map(({ head }) => head),
      rows,
      (column) => columns[column].isNumber,
    ),
    rest > 0 ? html`<p class="more">… ${rest} more in schedule.csv</p>` : NOTHING,
  ]}`;
}

function columnsOf(document: ScheduleDocument): Column[] {
  const { move } = unitWords(document.units);
  const amounts = document.schedule;
  const largest = Math.max(...document.names.map(({ costBps }) => Math.abs(costBps)), 0);
  const decimals = Math.min(costDecimals(document), Math.max(2, decimalsOf(largest)));
  const text = (value: number) => fixed(value, decimals);
  return [
    {
      head: 'name',
      isNumber: false,
      cell: ({ symbol, isKnown }) =>
        isKnown ? named(symbol) : html`${named(symbol)} <span class="soft">unknown</span>`,
    },
    { head: 'block', isNumber: false, cell: ({ block }) => named(block) },
    { head: 'side', isNumber: false, cell: (name) => (name.millions < 0 ? 'sell' : 'buy') },
    { head: 'shares', isNumber: true, cell: ({ shares }) => sharesCell(shares) },
    { head: 'millions', isNumber: true, cell: (name) => millions(Math.abs(name.millions)) },
    { head: '% of volume', isNumber: true, cell: ({ participation }) => share(participation, 2) },
    ...doneColumns(document, amounts),
    { head: `costs, ${move}`, isNumber: true, cell: ({ costBps }) => text(costBps) },
    { head: `next million, ${move}`, isNumber: true, cell: ({ nextMillionBps }) => text(nextMillionBps) },
    { head: 'first', isNumber: false, cell: (_, i) => timeOf(document, amounts[i].findIndex(isSome)) },
    { head: 'last', isNumber: false, cell: (_, i) => timeOf(document, amounts[i].findLastIndex(isSome)) },
  ];
}

const isSome = (amount: number): boolean => amount !== 0;

const timeOf = ({ rows }: ScheduleDocument, row: number): string => {
  if (row < 0) return '–';
  const { kind, start } = rows[row];
  return kind === 'auction' ? 'auction' : kind === 'cleanUp' ? 'after' : start;
};

/** Groups of three by space alone: the text stays a number that sorts. */
export function sharesCell(shares: number | null): Cell {
  if (shares === null) return '–';
  const [whole, rest] = String(Math.abs(shares)).split('.');
  const groups = whole
    .split(/(?=(?:\d{3})+$)/)
    .map((digits, k) => (k === 0 ? html`${digits}` : html`<span class="thousand">${digits}</span>`));
  return html`${groups}${rest === undefined ? '' : `.${rest}`}`;
}

/** How much is done by a quarter, half and three quarters of the horizon. */
function doneColumns({ rows, names }: ScheduleDocument, amounts: readonly (readonly number[])[]): Column[] {
  if (rows.length < 4) return [];
  return [0.25, 0.5, 0.75].map((part) => {
    const until = Math.round(part * rows.length);
    const done = (i: number) => sum(amounts[i].slice(0, until)) / (names[i].millions || 1);
    return { head: `done ${rows[until - 1].end}`, isNumber: true, cell: (_, i) => share(done(i), 0) };
  });
}

/** Columns of what was asked for single names, where it was asked for one at least. */
function askedColumns({ names, units }: ScheduleDocument): Column[] {
  const { move } = unitWords(units);
  const column = (head: string, key: keyof DocumentName, cell: (value: number) => string): Column[] =>
    names.some((name) => name[key] !== undefined)
      ? [{ head, isNumber: true, cell: (name) => (name[key] === undefined ? '' : cell(name[key] as number)) }]
      : [];
  return [
    ...column('from', 'startNs', clock),
    ...column('until', 'endNs', clock),
    ...column('cap', 'cap', (value) => share(value)),
    ...column('urgency ×', 'urgency', String),
    ...column(`alpha, ${move}`, 'alphaBps', String),
    ...column(`half spread, ${move}`, 'halfSpreadBps', String),
    ...(names.some(({ lot }) => lot !== 1)
      ? [{ head: 'lot', isNumber: true, cell: ({ lot }: DocumentName) => lot }]
      : []),
  ];
}

/** Nanoseconds after local midnight. */
function clock(ns: number): string {
  const seconds = Math.round(ns / 1e9);
  const two = (value: number) => String(value).padStart(2, '0');
  const rest = seconds % 60;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}${rest === 0 ? '' : `:${two(rest)}`}`;
}
