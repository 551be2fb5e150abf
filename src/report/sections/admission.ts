import { table } from '../elements.js';
import { html, type Markup, percent, shown } from '../html.js';
import type { ReportData } from '../reportData.js';

const CONSTRAINT_WORDS: Readonly<Record<string, string>> = {
  none: 'none: the estimate',
  'symmetry and floors': 'symmetric, self impact at its floor or above',
  'no round trips': 'no round trip is paid (positive semidefinite)',
  'cross bound': 'links within the bound',
  'condition cap': 'condition number within its cap',
};

const EXPLANATION =
  'Each constraint costs fit where the data speak against it, ' +
  'and gains some out of sample where the estimate was noise.';

/** What admission costs in fit, and whom it moved. */
export function admission({ admission: { steps, asymmetry }, names }: ReportData): Markup {
  const price = table(
    ['constraint, on top of those above', 'R² in sample', 'R² out of sample'],
    steps.map((s) => [CONSTRAINT_WORDS[s.constraint] ?? s.constraint, shown(s.inSample, 6), shown(s.outOfSample, 6)]),
  );
  return html`<p>${EXPLANATION}</p>${price}<p>${mostMoved(names)}</p><p>${asymmetrySentence(asymmetry)}</p>`;
}

/** Rows that are named. */
const MOST_ROWS = 10;

/** A row that moved less than this of its length stood still. */
const STILL = 1e-9;

function mostMoved(names: ReportData['names']): string {
  const moved = names
    .filter(({ rowMoved }) => rowMoved > STILL)
    .sort((a, b) => b.rowMoved - a.rowMoved || (a.symbol < b.symbol ? -1 : 1))
    .slice(0, MOST_ROWS)
    .map(({ symbol, rowMoved }) => `${symbol} ${percent(rowMoved, 1)}`);
  return moved.length > 0 ? `Rows that moved most, relative to their length: ${moved.join(', ')}.` : 'No row moved.';
}

const TOO_NOISY = 'Row-by-row least squares is too noisy to measure its asymmetry';

function asymmetrySentence({ ratio, bound }: ReportData['admission']['asymmetry']): string {
  if (ratio === null) return `${TOO_NOISY}: its symmetric part is not positive definite.`;
  const bearable = bound === 0 ? 'Impact that lasts for ever bears none' : `This decay would bear ${shown(bound, 3)}`;
  const measured = `Asymmetry of row-by-row least squares: ${shown(ratio, 3)} of its symmetric part.`;
  return `${measured} ${bearable} before a round trip is paid.`;
}
