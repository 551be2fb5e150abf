import { html, type Markup, shown } from '../html.js';
import { axes, frame, placeScale, px, valueAxis, valueScale } from './frame.js';

/** Eigenvalues of normalised K before and after the projection, ascending. */
export function spectrumChart(before: readonly number[], after: readonly number[]): Markup {
  const x = placeScale(before.length, 8, 8);
  const y = valueScale(Math.min(0, ...before, ...after), Math.max(...before, ...after));
  const dots = (values: readonly number[], kind: string, radius: number) =>
    values.map((value, k) => html`<circle class="${kind}" cx="${px(x(k))}" cy="${px(y(value))}" r="${radius}"/>`);
  const ranks = x.ticks(Math.min(8, before.length)).filter(Number.isInteger);
  const ticks = ranks.map((k) => ({ at: x(k), text: String(k + 1) }));
  const description = `Smallest before ${shown(before[0], 3)}, after ${shown(after[0], 3)}.`;
  return frame({ title: 'Eigenvalues', description }, [
    ...axes({ ticks, label: 'rank' }, valueAxis(y, 'eigenvalue')),
    ...dots(before, 'before', 4),
    ...dots(after, 'after', 2.5),
  ]);
}
