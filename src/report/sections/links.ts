import { heatMap, largestLink } from '../charts/heatMap.js';
import { figure, NOTHING } from '../elements.js';
import { html, type Markup } from '../html.js';
import type { ReportChange, ReportData, ReportName } from '../reportData.js';

/** More names than this are shown by block: a heat map of them would be unreadable and large. */
export const MAX_NAMES_IN_CHARTS = 150;

type Names = readonly Pick<ReportName, 'symbol' | 'block'>[];
type Rows = readonly (readonly number[])[];

const EXPLANATION =
  'Normalised entries of K, K_ij / √(K_ii K_jj), ordered by block: ' +
  'how the price of the row moves when the column is bought. Positive links are blue, negative ones red.';

/** The links estimated, shrunk and published, and how they changed; a matrix that came without data has them too. */
export function linkMaps(
  {
    names,
    normalised: { raw, final, change },
    sinceChampion,
  }: Pick<ReportData, 'normalised'> & Partial<Pick<ReportData, 'sinceChampion'>> & { readonly names: Names },
  origin = 'As estimated (symmetric least squares)',
): Markup {
  const { map, brought } = names.length > MAX_NAMES_IN_CHARTS ? mapOfBlocks(names) : mapOfNames(names);
  const [estimated, published] = [brought(raw), brought(final)];
  const moved = published.map((row, i) => row.map((value, j) => value - estimated[i][j]));
  // One scale for what is compared; differences have their own.
  const largest = Math.max(map.largest(estimated), map.largest(published));
  const maps = [
    figure(map.draw('As estimated', estimated, largest), origin),
    figure(map.draw('As published', published, largest), 'As published: shrunk and admissible'),
    figure(
      map.draw('Published less estimated', moved),
      'What shrinkage and constraints changed: published less estimated',
    ),
    change && sinceChampion?.compared !== 0
      ? figure(
          map.draw('Change', brought(change)),
          `Change since the champion${unknownTo(sinceChampion, names.length)}`,
        )
      : NOTHING,
  ];
  return html`<p>${EXPLANATION}</p><div class="pair">${maps}</div>`;
}

/** Pairs that the champion does not know stay white without having stayed as they were. */
function unknownTo(change: ReportChange | null | undefined, names: number): string {
  const pairs = (names * (names - 1)) / 2;
  const unknown = pairs - (change?.compared ?? pairs);
  return unknown > 0 ? `; it does not know ${unknown} of ${pairs} pairs, which stay white` : '';
}

/** How a matrix of links is drawn, and how it is brought to what is drawn. */
interface LinkMap {
  readonly map: {
    readonly draw: (title: string, matrix: Rows, largest?: number) => Markup;
    readonly largest: (matrix: Rows) => number;
  };
  readonly brought: (matrix: Rows) => Rows;
}

/** Names of a block stand together. */
function mapOfNames(names: Names): LinkMap {
  const order = [...names.keys()].sort((a, b) =>
    names[a].block < names[b].block ? -1 : names[a].block > names[b].block ? 1 : a - b,
  );
  const labels = order.map((i) => names[i].symbol);
  return {
    map: drawn(
      labels,
      'self',
      order.map((i) => names[i].block),
    ),
    brought: (matrix) => order.map((i) => order.map((j) => matrix[i][j])),
  };
}

/** Mean links of and between blocks. */
function mapOfBlocks(names: Names): LinkMap {
  const labels = [...new Set(names.map((name) => name.block))].sort();
  const members = labels.map((block) => [...names.keys()].filter((i) => names[i].block === block));
  return {
    map: drawn(labels, 'links'),
    brought: (matrix) => members.map((rows) => members.map((cols) => meanLink(matrix, rows, cols))),
  };
}

const drawn = (
  labels: readonly string[],
  diagonalIs: 'self' | 'links',
  groups: readonly string[] = [],
): LinkMap['map'] => ({
  draw: (title, matrix, largest = largestLink(matrix, diagonalIs)) =>
    heatMap(title, labels, matrix, { diagonalIs, largest, groups }),
  largest: (matrix) => largestLink(matrix, diagonalIs),
});

function meanLink(matrix: Rows, rows: readonly number[], cols: readonly number[]): number {
  const values = rows.flatMap((i) => cols.filter((j) => j !== i).map((j) => matrix[i][j]));
  return values.length > 0 ? values.reduce((sum, v) => sum + v, 0) / values.length : 0;
}
