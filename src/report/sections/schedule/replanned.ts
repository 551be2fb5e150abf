import type { ScheduleDocument } from '../../../model/scheduleDocument.js';
import { type MoveUnit, unitWords } from '../../../model/units.js';
import { html, type Markup } from '../../html.js';
import { decimalsOf, exactly, fixed, share } from './words.js';

type Replan = NonNullable<ScheduleDocument['replan']>;

/** What became of the running plan. */
export function replanned(replan: Replan, units: MoveUnit): Markup {
  const { move } = unitWords(units);
  const { fits, savingBps, band, isKept } = replan;
  if (!fits)
    return html`<strong>planned anew</strong>: the rest of the plan no longer fits what is left to do and its caps`;
  const saving = html`${exactly(savingBps, fixed(savingBps, Math.max(3, decimalsOf(savingBps))))} ${move}`;
  const limit = `the band of ${share(band)}`;
  return isKept
    ? html`<strong>kept</strong>: a new one would save ${saving} of cost and risk together, within ${limit}`
    : html`<strong>planned anew</strong>: that saves ${saving} of cost and risk together, beyond ${limit}`;
}
