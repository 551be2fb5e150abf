import type { DocumentSettings, ScheduleDocument } from '../../../model/scheduleDocument.js';
import { log10, pow } from '../../../numerics/elementary/elementary.js';
import { html, type Markup } from '../../html.js';
import { exactly } from './words.js';

/** Gap and urgency in words. */

/** How near a schedule is to the best one of its own problem. */
export function gapWords({ policy, names, replan }: Pick<ScheduleDocument, 'policy' | 'names' | 'replan'>): Markup {
  if (replan?.isKept) return html`the running plan is kept: it need not be the optimum of what is left`;
  const { gap, status } = policy;
  if (gap === null) return html`none is looked for: a rule decides what trades when`;
  const amount = exactly(gap, `${gapPercent(gap)}\u00a0%`);
  const rounded = names.some(({ shares }) => shares !== null) ? ', before it is cut into whole lots' : '';
  return status === 'optimal'
    ? html`reached: proven within ${amount} of the most that scheduling can save${rounded}`
    : html`not proven: up to ${amount} of what scheduling can save may be left (${status})${rounded}`;
}

/** One digit, rounded up: a bound must not look better than it is. */
export function gapPercent(gap: number): string {
  const percent = 100 * gap;
  if (percent <= 0) return '0';
  const decimals = Math.max(0, -Math.floor(log10(percent)));
  const scale = pow(10, decimals);
  return (Math.ceil(percent * scale - 1e-9) / scale).toFixed(decimals).replace(/(\.\d*?)0+$/, '$1');
}

export function urgencyWords({ urgency, aversion, typicalAversion }: DocumentSettings): Markup {
  const value = exactly(aversion, `λ = ${Number(aversion.toPrecision(3))}`);
  if (urgency !== 'given') return html`${urgency} urgency (${value})`;
  return html`${value} as given (medium urgency would be ${exactly(typicalAversion, String(Number(typicalAversion.toPrecision(3))))})`;
}
