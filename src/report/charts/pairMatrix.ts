import { html, type Markup } from '../html.js';
import { frame, px } from './frame.js';

const SIDE = 62;
const HIGH = 34;
const [LEFT, TOP] = [104, 44];

/** Numbers of pairs in a square: the row pays for what the column trades. Colour follows the sign that the number has. */
export function pairMatrix(
  labels: readonly string[],
  matrix: readonly (readonly (number | undefined)[])[],
  text: (value: number) => string,
): Markup {
  const most = Math.max(1e-12, ...matrix.flat().map((value) => Math.abs(value ?? 0)));
  const [width, height] = [LEFT + labels.length * SIDE + 4, TOP + labels.length * HIGH + 4];
  const heads = labels.map((label, k) => [
    html`<text x="${LEFT - 8}" y="${TOP + k * HIGH + 21}" text-anchor="end">${label}</text>`,
    html`<text x="${LEFT + (k + 0.5) * SIDE}" y="${TOP - 8}" text-anchor="middle">${label}</text>`,
  ]);
  const corner = html`<text x="${LEFT - 8}" y="14" text-anchor="end">pays ↓</text><text x="${LEFT + 4}" y="14">trades →</text>`;
  const cells = matrix.flatMap((row, i) => row.map((value, j) => cell({ value, i, j, labels, most, text })));
  const description = `${labels.length} names; the row pays for what the column trades.`;
  return frame({ title: 'Who hurts whom', description, width, height }, [
    html`<g class="axis">${corner}${heads}</g>`,
    ...cells,
  ]);
}

interface Cell {
  readonly value: number | undefined;
  readonly i: number;
  readonly j: number;
  readonly labels: readonly string[];
  readonly most: number;
  readonly text: (value: number) => string;
}

/** No shade is so dark that the number on it could not be read. */
function cell({ value, i, j, labels, most, text }: Cell): Markup {
  const [x, y] = [LEFT + j * SIDE, TOP + i * HIGH];
  const middle = { x: px(x + SIDE / 2), y: px(y + 21) };
  if (i === j || value === undefined)
    return html`<rect class="self" x="${x + 1}" y="${y + 1}" width="${SIDE - 2}" height="${HIGH - 2}" fill-opacity="0.4"/>`;
  const kind = value < 0 ? 'positive' : 'negative';
  const shade = (0.05 + 0.35 * (Math.abs(value) / most)).toFixed(2);
  const title = html`<title>trading ${labels[j]} makes ${labels[i]} ${value < 0 ? 'cheaper' : 'dearer'}: ${text(value)}</title>`;
  return html`<rect class="${kind}" fill-opacity="${shade}" x="${x + 1}" y="${y + 1}" width="${SIDE - 2}" height="${HIGH - 2}">${title}</rect><text class="value" x="${middle.x}" y="${middle.y}" text-anchor="middle">${text(value)}</text>`;
}
