import { wasReplayed } from '../../model/scheduleReplay.js';
import { wordsOf } from '../../model/units.js';
import { bullets, table } from '../elements.js';
import { html, type Markup, unbroken } from '../html.js';
import { REPLAY_HEADERS, replayCells, replaySentences } from '../replayWords.js';
import type { ReportData } from '../reportData.js';

/** Would cross-aware scheduling have paid for the baskets of the window? */
export function scheduleReplay({ scheduleReplay: outcome, config }: ReportData): Markup {
  if (!outcome) return html`<p>Schedules were not replayed.</p>`;
  const [first, ...rest] = replaySentences(outcome, wordsOf({ config }));
  const lead = html`<p>${first}</p>`;
  if (!wasReplayed(outcome)) return html`${[lead, ...rest.map((sentence) => html`<p>${sentence}</p>`)]}`;
  const { comparisons, notes } = outcome;
  const rows = comparisons.map((one) => replayCells(one).map((cell) => (/^[-\d]/.test(cell) ? unbroken(cell) : cell)));
  return html`${[lead, table(REPLAY_HEADERS, rows), bullets([...rest, ...notes])]}`;
}
