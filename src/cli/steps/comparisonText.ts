import { orderTimeText } from '../../model/manifest.js';
import { printable } from '../../model/plainText.js';
import type { UnitWords } from '../../model/units.js';
import { changeText, linksSentence, type VersionComparison, withRange } from '../../report/comparison.js';
import { fixed, textTable } from '../text.js';
import { wrapped } from './answersText.js';

/** Two versions side by side for a terminal. */
export function comparisonText(compared: VersionComparison, { move, perMillion }: UnitWords): string {
  const { from, to, baskets, links, gates, settings, inputs } = compared;
  const sides = [from, to].map(({ version, asof, days, names, certificate, headline }) =>
    [version, asof, String(days), String(names), certificate, headline].map(printable),
  );
  return [
    textTable(['version', 'as of', 'days', 'names', 'certificate', 'gates'], sides),
    ...wrapped(linksSentence(compared)),
    ...tableUnder(
      'cost of one million',
      ['basket', 'over', `was, ${move}`, `is, ${move}`, 'change'],
      basketRows(baskets),
    ),
    ...tableUnder(
      'links that moved most, in errors',
      ['entry', `was, ${perMillion}`, `is, ${perMillion}`, 'error', 'errors'],
      links.largest.map(({ row, column, from: was, to: is, error }) => [
        row === column ? row : `${row} ↔ ${column}`,
        ...[fixed(was), fixed(is), fixed(error), fixed((is - was) / error, 1)],
      ]),
    ),
    ...tableUnder(
      'gates',
      ['gate', 'was', 'is'],
      gates.map(({ gate, verdict }) => [gate, verdict.from ?? '–', verdict.to]),
    ),
    ...tableUnder(
      'settings',
      ['setting', 'was', 'is'],
      settings.map(({ setting, from: was, to: is }) => [setting, was ?? '–', is ?? '–']),
    ),
    ...tableUnder(
      'inputs',
      ['dataset', 'no longer', 'new', 'other bytes'],
      inputs.map(({ dataset, removed, added, changed }) => [
        dataset,
        daysText(removed),
        daysText(added),
        daysText(changed),
      ]),
    ),
  ].join('\n');
}

const basketRows = (baskets: VersionComparison['baskets']): string[][] =>
  baskets.map(({ basket, seconds, from, to }) => [
    ...[basket, orderTimeText(seconds), withRange(from), withRange(to)],
    changeText(from.value, to.value),
  ]);

/** Days, or how many where they are many; `file` is one without a day. */
function daysText(days: readonly string[]): string {
  if (days.length > 2) return `${days.length} days to ${days.at(-1)}`;
  return days.length === 0 ? '–' : days.map((day) => (day === '' ? 'file' : day)).join(' ');
}

/** Nothing where the two agree. */
const tableUnder = (title: string, headers: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length > 0 ? ['', `${title}:`, textTable(headers, rows)] : ['', `${title}: no difference`];
