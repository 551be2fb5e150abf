import type { ScheduleDocument } from '../../../model/scheduleDocument.js';
import { unitWords } from '../../../model/units.js';
import { html, type Markup } from '../../html.js';
import { decimalsOf, exactly, fixed, share } from './words.js';

/** What became of the running plan. */
export function replanned({ replan, units }: ScheduleDocument): Markup {
  if (!replan) return html``;
  const { move } = unitWords(units);
  const { fits, savingBps, band, isKept } = replan;
  if (!fits) return html`<p>The rest of the plan no longer fits what is left to do and its caps: planned anew.</p>`;
  const saving = html`${exactly(savingBps, fixed(savingBps, Math.max(3, decimalsOf(savingBps))))} ${move}`;
  const limit = `the band of ${share(band)}`;
  return isKept
    ? html`<p><strong>The plan is kept.</strong> A new one would save ${saving} of cost and risk together, within ${limit}.</p>`
    : html`<p><strong>Planned anew.</strong> It saves ${saving} of cost and risk together, beyond ${limit}.</p>`;
}
