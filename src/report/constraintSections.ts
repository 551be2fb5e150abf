import { heatMap } from './charts/heatMap.js';
import { spectrumChart } from './charts/spectrumChart.js';
import { html, type Markup, percent, shown } from './html.js';
import { table } from './page.js';
import type { ReportData } from './reportData.js';

/** More names than this are shown by block: a heat map of them would be unreadable and large. */
export const MAX_NAMES_IN_CHARTS = 150;

/** What the sections on constraints draw on; a matrix that came without data has this much too. */
export type ConstraintData = Pick<
  ReportData,
  'normalised' | 'certificate' | 'certificateBefore' | 'projection' | 'spectrum' | 'guardrails'
> & { readonly names: readonly Pick<ReportData['names'][number], 'symbol' | 'block'>[] };

export function linkMaps(data: ConstraintData, origin = 'As estimated (symmetric least squares)'): Markup {
  const order = blockOrder(data);
  const view = (matrix: readonly (readonly number[])[]) =>
    data.names.length > MAX_NAMES_IN_CHARTS ? byBlock(data, matrix) : picked(data, matrix, order);
  const { raw, shrunk, final, change } = data.normalised;
  const figure = (title: string, matrix: readonly (readonly number[])[], caption: string) => {
    const { labels, matrix: shown } = view(matrix);
    const diagonal = data.names.length > MAX_NAMES_IN_CHARTS ? 'links' : 'self';
    return html`<figure>${heatMap(title, labels, shown, diagonal)}<figcaption>${caption}</figcaption></figure>`;
  };
  return html`<p>Normalised impact K_ij / √(K_ii K_jj), ordered by block: how the price of the row moves when the column is bought. Positive links are blue, negative ones red.</p><div class="pair">${figure('As estimated', raw, origin)}${figure('Shrunk', shrunk, 'Shrunk, before the constraints')}${figure('As published', final, 'As published: shrunk and admissible')}${change ? figure('Change', change, 'Change since the champion') : html``}</div>`;
}

function blockOrder({ names }: ConstraintData): number[] {
  return [...names.keys()].sort((a, b) =>
    names[a].block < names[b].block ? -1 : names[a].block > names[b].block ? 1 : a - b,
  );
}

function picked(data: ConstraintData, matrix: readonly (readonly number[])[], order: readonly number[]) {
  return { labels: order.map((i) => data.names[i].symbol), matrix: order.map((i) => order.map((j) => matrix[i][j])) };
}

function byBlock(data: ConstraintData, matrix: readonly (readonly number[])[]) {
  const labels = [...new Set(data.names.map((name) => name.block))].sort();
  const members = labels.map((block) => [...data.names.keys()].filter((i) => data.names[i].block === block));
  const meanOver = (rows: readonly number[], cols: readonly number[]) => {
    const values = rows.flatMap((i) => cols.filter((j) => j !== i).map((j) => matrix[i][j]));
    return values.length > 0 ? values.reduce((sum, v) => sum + v, 0) / values.length : 0;
  };
  return { labels, matrix: members.map((rows) => members.map((cols) => meanOver(rows, cols))) };
}

export function certificate(data: ConstraintData): Markup {
  const { certificate: c, projection, spectrum, guardrails } = data;
  const checks = table(
    ['check', 'value', 'bound', 'holds'],
    c.checks.map((k) => [
      k.name,
      shown(k.value),
      `${k.sense === 'atLeast' ? '≥' : '≤'} ${shown(k.bound)}`,
      k.passed ? 'yes' : 'no',
    ]),
  );
  const floored =
    projection.floored.length > 0
      ? html`<p>Self impact raised to its floor: ${projection.floored.join(', ')}.</p>`
      : html``;
  const gap = projection.iterations > 0 ? ` (proved nearest to within ${shown(projection.dualityGap)})` : '';
  return html`<p>Projection: ${projection.status} after ${projection.iterations} iteration${projection.iterations === 1 ? '' : 's'}, at distance ${shown(projection.distance)} from the estimate${gap}, ${projection.metric} metric. Condition number ${shown(guardrails.conditionNumber)}, cross share ${guardrails.crossShare === null ? '–' : percent(guardrails.crossShare, 1)}, basket norm ${shown(guardrails.basketNorm, 3)}.</p>${floored}<figure>${spectrumChart(spectrum.before, spectrum.after)}<figcaption><span class="key before"></span>before <span class="key after"></span>after the projection</figcaption></figure>${checks}${witness(data.certificateBefore)}`;
}

/** The round trip that the estimate would have paid for. */
function witness({ status, witness: w }: ReportData['certificateBefore']): Markup {
  if (status !== 'failed') return html`<p>The estimate was admissible before it was projected.</p>`;
  if (!w)
    return html`<p>The estimate breaks a limit before it is projected, but no paid round trip was found in it.</p>`;
  const rows = w.trades.map(({ bucket, millions }) => [bucket, ...millions.map((v) => shown(v, 3))]);
  return html`<h3>What the estimate would have paid for</h3><p>Before it was projected, the matrix pays ${shown(w.gain, 3)} units of currency (${shown(w.gainBps, 3)} bps of what is traded) for this round trip, which ends flat. Millions bought (+) and sold (−), by bucket:</p>${table(['bucket', ...w.symbols], rows)}`;
}

const CONSTRAINT_WORDS: Readonly<Record<string, string>> = {
  none: 'none: the estimate',
  'symmetry and floors': 'symmetric, self impact at its floor or above',
  'no round trips': 'no round trip is paid (positive semidefinite)',
  'cross bound': 'links within the bound',
  'condition cap': 'condition number within its cap',
};

/** What admission costs in fit, and whom it moved. */
export function admission({ admission: { steps, asymmetry }, names: list }: ReportData): Markup {
  const price = table(
    ['constraint, on top of those above', 'R² in sample', 'R² out of sample'],
    steps.map((s) => [CONSTRAINT_WORDS[s.constraint] ?? s.constraint, shown(s.inSample, 6), shown(s.outOfSample, 6)]),
  );
  const moved = [...list].sort((a, b) => b.rowMoved - a.rowMoved || (a.symbol < b.symbol ? -1 : 1)).slice(0, 10);
  const most =
    moved[0]?.rowMoved > 1e-9
      ? html`<p>Rows that moved most, relative to their length: ${moved
          .filter((name) => name.rowMoved > 1e-9)
          .map((name) => `${name.symbol} ${percent(name.rowMoved, 1)}`)
          .join(', ')}.</p>`
      : html`<p>No row moved.</p>`;
  const bearable =
    asymmetry.bound === 0
      ? 'Impact that lasts for ever bears none'
      : `This decay would bear ${shown(asymmetry.bound, 3)}`;
  const ratio =
    asymmetry.ratio === null
      ? 'Row-by-row least squares is too noisy to measure its asymmetry: its symmetric part is not positive definite.'
      : `Asymmetry of row-by-row least squares: ${shown(asymmetry.ratio, 3)} of its symmetric part. ${bearable} before a round trip is paid.`;
  return html`<p>Each constraint costs fit where the data speak against it, and gains some out of sample where the estimate was noise.</p>${price}${most}<p>${ratio}</p>`;
}
