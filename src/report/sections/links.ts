import { heatMap } from '../charts/heatMap.js';
import { figure, NOTHING } from '../elements.js';
import { html, type Markup } from '../html.js';
import type { ReportData, ReportName } from '../reportData.js';

/** More names than this are shown by block: a heat map of them would be unreadable and large. */
export const MAX_NAMES_IN_CHARTS = 150;

type Names = readonly Pick<ReportName, 'symbol' | 'block'>[];
type Rows = readonly (readonly number[])[];

const EXPLANATION =
  'Normalised impact K_ij / √(K_ii K_jj), ordered by block: ' +
  'how the price of the row moves when the column is bought. Positive links are blue, negative ones red.';

/** The links estimated, shrunk and published, and how they changed; a matrix that came without data has them too. */
export function linkMaps(
  { names, normalised: { raw, shrunk, final, change } }: Pick<ReportData, 'normalised'> & { readonly names: Names },
  origin = 'As estimated (symmetric least squares)',
): Markup {
  const map = names.length > MAX_NAMES_IN_CHARTS ? mapOfBlocks(names) : mapOfNames(names);
  const maps = [
    figure(map('As estimated', raw), origin),
    figure(map('Shrunk', shrunk), 'Shrunk, before the constraints'),
    figure(map('As published', final), 'As published: shrunk and admissible'),
    change ? figure(map('Change', change), 'Change since the champion') : NOTHING,
  ];
  return html`<p>${EXPLANATION}</p><div class="pair">${maps}</div>`;
}

type DrawMap = (title: string, matrix: Rows) => Markup;

/** Names of a block stand together. */
function mapOfNames(names: Names): DrawMap {
  const order = [...names.keys()].sort((a, b) =>
    names[a].block < names[b].block ? -1 : names[a].block > names[b].block ? 1 : a - b,
  );
  const labels = order.map((i) => names[i].symbol);
  return (title, matrix) =>
    heatMap(
      title,
      labels,
      order.map((i) => order.map((j) => matrix[i][j])),
    );
}

/** Mean links of and between blocks. */
function mapOfBlocks(names: Names): DrawMap {
  const labels = [...new Set(names.map((name) => name.block))].sort();
  const members = labels.map((block) => [...names.keys()].filter((i) => names[i].block === block));
  return (title, matrix) =>
    heatMap(
      title,
      labels,
      members.map((rows) => members.map((cols) => meanLink(matrix, rows, cols))),
      'links',
    );
}

function meanLink(matrix: Rows, rows: readonly number[], cols: readonly number[]): number {
  const values = rows.flatMap((i) => cols.filter((j) => j !== i).map((j) => matrix[i][j]));
  return values.length > 0 ? values.reduce((sum, v) => sum + v, 0) / values.length : 0;
}
