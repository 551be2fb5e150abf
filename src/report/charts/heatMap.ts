import { html, Markup, shown } from '../html.js';
import { frame } from './frame.js';

/** What a heat map is drawn from. */
interface Shading {
  readonly labels: readonly string[];
  /** N×N. */
  readonly matrix: readonly (readonly number[])[];
  /** Largest size of a link: the darkest shade. */
  readonly largest: number;
  readonly says: (i: number, j: number) => string;
  /** Whether a cell is self impact, which is not shaded. */
  readonly isSelf: (i: number, j: number) => boolean;
}

interface Layout {
  readonly left: number;
  readonly top: number;
  /** Side of a cell. */
  readonly cell: number;
}

export interface HeatMapOptions {
  /** Whether the diagonal is self impact, which is not shaded, or links like the others: those inside a block. */
  readonly diagonalIs?: 'self' | 'links';
  /** What the darkest shade stands for, where several maps are to be compared; the strongest link of the map if absent. */
  readonly largest?: number;
  /** By row, the group that it belongs to: what is labelled where rows are many. Rows of a group stand together. */
  readonly groups?: readonly string[];
  /** What a cell says; its number, unless something else is given. */
  readonly says?: (i: number, j: number) => string;
}

/** Size of the strongest link; never zero. */
export function largestLink(
  matrix: readonly (readonly number[])[],
  diagonalIs: NonNullable<HeatMapOptions['diagonalIs']> = 'self',
): number {
  let largest = 1e-12;
  matrix.forEach((row, i) => {
    row.forEach((value, j) => {
      if (i !== j || diagonalIs === 'links') largest = Math.max(largest, Math.abs(value));
    });
  });
  return largest;
}

/** Side of the matrix. */
const SIZE = 380;

/** With more rows than this groups are labelled, and cells are drawn together. */
const MOST_LABELS = 40;

/** Heat map of a matrix with the scale of its shades; rows and columns are labelled while they fit. */
export function heatMap(
  title: string,
  labels: readonly string[],
  matrix: readonly (readonly number[])[],
  options: HeatMapOptions = {},
): Markup {
  const { diagonalIs = 'self', says = plainly(labels, matrix), groups = [] } = options;
  const { largest = largestLink(matrix, diagonalIs) } = options;
  const isSelf = (i: number, j: number) => i === j && diagonalIs === 'self';
  const shading = { labels, matrix, largest, says, isSelf };
  const n = labels.length;
  const apart = n <= MOST_LABELS;
  const [left, top] = apart || groups.length > 0 ? [90, 70] : [8, 8];
  const layout = { left, top, cell: SIZE / Math.max(n, 1) };
  const description = `${n} by ${n}; the darkest cell is ${shown(largest, 3)}. Arrow keys read its cells.`;
  const size = { width: left + SIZE + 8, height: top + SIZE + SCALE_HEIGHT };
  return frame({ title, description, ...size, cells: apart ? APART : together(shading) }, [
    html`<g class="axis">${axisLabels(apart ? everyRow(labels) : middles(groups, layout), layout)}</g>`,
    apart ? labelledCells(shading, layout) : scaledCells(shading, layout),
    colourScale(largest, { left, top: top + SIZE + 14 }),
  ]);
}

/** Cells with titles of their own. */
const APART = new Markup(' class="cells" tabindex="0"');

/** Cells that are drawn together have their names and numbers beside the drawing. */
function together({ labels, matrix }: Shading): Markup {
  const numbers = matrix.map((row) => row.map((value) => shown(value, 2)).join(' ')).join(' ');
  return html`${APART} data-names="${labels.join('\n')}" data-numbers="${numbers}"`;
}

const plainly =
  (labels: readonly string[], matrix: Shading['matrix']): Shading['says'] =>
  (i, j) =>
    `${labels[i]} ← ${labels[j]}: ${shown(matrix[i][j], 3)}`;

/** Room under the matrix for what its shades stand for. */
const SCALE_HEIGHT = 46;
/** Below it there is nothing that shades could stand for. */
const SMALLEST_SHOWN = 1e-9;
const SCALE_STEPS = [-1, -0.5, 0, 0.5, 1];

/** What shades stand for, from the strongest negative link to the strongest positive one. */
function colourScale(largest: number, { left, top }: Omit<Layout, 'cell'>): Markup {
  const width = 44;
  return html`<g class="axis scale">${SCALE_STEPS.map((step, k) => {
    const x = left + k * (width + 12);
    const shade = new Markup(`fill-opacity="${Math.abs(step).toFixed(2)}"`);
    return [
      html`<rect class="outline" x="${x}" y="${top}" width="${width}" height="10"/>`,
      html`<rect class="${signOf(step)}" ${shade} x="${x}" y="${top}" width="${width}" height="10"/>`,
      html`<text x="${x + width / 2}" y="${top + 24}" text-anchor="middle">${largest > SMALLEST_SHOWN ? shown(step * largest, 2) : ''}</text>`,
    ];
  })}</g>`;
}

/** A label and the row that it stands at. */
interface PlacedLabel {
  readonly label: string;
  readonly at: number;
}

/** Rows on the left, columns above, turned. */
function axisLabels(labels: readonly PlacedLabel[], { left, top, cell }: Layout): Markup[][] {
  const middle = (start: number, k: number) => (start + (k + 0.5) * cell + 4).toFixed(1);
  return labels.map(({ label, at }) => [
    html`<text x="${left - 6}" y="${middle(top, at)}" text-anchor="end">${label}</text>`,
    html`<text transform="translate(${middle(left, at)} ${top - 6}) rotate(-60)">${label}</text>`,
  ]);
}

const everyRow = (labels: readonly string[]): PlacedLabel[] => labels.map((label, at) => ({ label, at }));

/** Room that a label takes. */
const LABEL_HEIGHT = 11;

/** Groups at the middle of their rows, those that have room for their label. */
function middles(groups: readonly string[], { cell }: Layout): PlacedLabel[] {
  return [...new Set(groups)].flatMap((label) => {
    const [first, last] = [groups.indexOf(label), groups.lastIndexOf(label)];
    return (last - first + 1) * cell < LABEL_HEIGHT ? [] : [{ label, at: (first + last) / 2 }];
  });
}

/** A square for every cell, with what it says as its title. */
function labelledCells({ matrix, largest, says, isSelf }: Shading, { left, top, cell }: Layout): Markup {
  const side = cell.toFixed(2);
  const cells = matrix.flatMap((row, i) =>
    row.map((value, j) => {
      const strength = isSelf(i, j) ? 0 : Math.min(1, Math.abs(value) / largest);
      const kind = isSelf(i, j) ? 'self' : signOf(value);
      const [x, y] = [left + j * cell, top + i * cell].map((v) => v.toFixed(1));
      const title = html`<title>${says(i, j)}</title>`;
      const place = `x="${x}" y="${y}" width="${side}" height="${side}"`;
      return `<rect class="cell ${kind}" ${place} fill-opacity="${strength.toFixed(2)}">${title.text}</rect>`;
    }),
  );
  return new Markup(cells.join(''));
}

const signOf = (value: number) => (value < 0 ? 'negative' : 'positive');

/** Cells of one unit, moved and scaled as a whole. */
function scaledCells(shading: Shading, { left, top, cell }: Layout): Markup {
  const runs = [...cellRuns(shading)].sort(([a], [b]) => (a < b ? -1 : 1));
  const paths = runs
    .filter(([shade]) => shade.startsWith('self') || !shade.endsWith(' 0'))
    .map(([shade, path]) => {
      const [kind, strength] = shade.split(' ');
      return `<path class="${kind}" fill-opacity="${Number(strength) / SHADES}" d="${path.join('')}"/>`;
    });
  const place = `translate(${left} ${top}) scale(${cell.toFixed(4)})`;
  return html`<g class="together" transform="${place}">${new Markup(paths.join(''))}</g>`;
}

/** Shades that the cells of a large map are rounded to. */
const SHADES = 20;

/** By shade (`positive 7`) its runs of neighbours in a row: a path for every shade, since there are many cells. */
function cellRuns({ matrix, largest, isSelf }: Shading): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  matrix.forEach((row, i) => {
    const shade = (j: number) => {
      if (isSelf(i, j)) return 'self 0';
      return `${signOf(row[j])} ${Math.round((SHADES * Math.min(largest, Math.abs(row[j]))) / largest)}`;
    };
    for (let j = 0; j < row.length; ) {
      const kind = shade(j);
      let end = j + 1;
      while (end < row.length && shade(end) === kind) end++;
      const path = paths.get(kind) ?? [];
      paths.set(kind, path);
      path.push(`M${j} ${i}h${end - j}v1H${j}z`);
      j = end;
    }
  });
  return paths;
}
