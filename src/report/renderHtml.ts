import { heatMap, kernelChart, scoreChart, spectrumChart } from './charts.js';
import { html, Markup, percent, shown } from './html.js';
import type { ReportData, ReportScores } from './reportData.js';
import { SORT_SCRIPT, STYLE } from './style.js';

/** More names than this are shown by block: a heat map of them would be unreadable and large. */
const MAX_NAMES_IN_CHARTS = 150;

/** The report as one self-contained page: no network, inline SVG, light and dark, prints to A4. */
export function renderHtml(data: ReportData): string {
  const sections = [
    verdict(data),
    section('Gates', gateTable(data)),
    section('Links between names', linkMaps(data)),
    section('Cost of reference baskets', baskets(data)),
    section('Out-of-sample fit', scores(data)),
    section('Decay', kernel(data)),
    section('Fit by markout horizon', horizons(data)),
    section('No-arbitrage certificate', certificate(data)),
    section('Price of admission', admission(data)),
    section('Shrinkage', shrinkage(data)),
    section('Regimes', regimes(data)),
    section('Names', names(data)),
    section('Data quality', quality(data)),
    section('Notes', notes(data)),
    section('Provenance', provenance(data)),
  ];
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>${data.model} ${data.asof} – cross-impact</title><style>${new Markup(STYLE)}</style></head><body><main>${sections}</main><script>${new Markup(SORT_SCRIPT)}</script></body></html>`
      .text
  }\n`;
}

function section(title: string, body: Markup): Markup {
  return html`<section><h2>${title}</h2>${body}</section>`;
}

function verdict(data: ReportData): Markup {
  const failed = data.gates.filter((gate) => gate.verdict === 'failed').map((gate) => gate.name);
  const headline =
    failed.length === 0
      ? 'All gates pass'
      : `${failed.length} gate${failed.length > 1 ? 's' : ''} failed: ${failed.join(', ')}`;
  const { dates, folds, buckets } = data.window;
  const span = dates.length === 1 ? dates[0] : `${dates[0]} to ${dates.at(-1)}, ${dates.length} days`;
  return html`<header><h1>${data.model} <span class="soft">as of ${data.asof}</span></h1><p class="verdict ${data.verdict.gates}">${headline}.</p><p class="lead">${sentence(data.verdict.crossImpact)}.</p><p class="soft">${data.names.length} names, ${span}, ${buckets} buckets of ${data.kernel.bucketMs} ms in ${folds} folds. Certificate: ${data.certificate.status}.</p></header>`;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function gateTable(data: ReportData): Markup {
  return table(
    ['gate', 'verdict', 'value', 'bound', '95 % interval', 'meaning'],
    data.gates.map((g) => [
      g.name,
      html`<span class="pill ${g.verdict.replace(' ', '-')}">${g.verdict}</span>`,
      shown(g.value),
      shown(g.bound),
      g.low === undefined ? '' : `${shown(g.low, 3)} … ${shown(g.high, 3)}`,
      g.reason,
    ]),
  );
}

function linkMaps(data: ReportData): Markup {
  const order = blockOrder(data);
  const view = (matrix: readonly (readonly number[])[]) =>
    data.names.length > MAX_NAMES_IN_CHARTS ? byBlock(data, matrix) : picked(data, matrix, order);
  const [raw, final] = [view(data.normalised.raw), view(data.normalised.final)];
  return html`<p>Normalised impact K_ij / √(K_ii K_jj), ordered by block: how the price of the row moves when the column is bought. Positive links are blue, negative ones red.</p><div class="pair"><figure>${heatMap('As estimated', raw.labels, raw.matrix)}<figcaption>As estimated (symmetric least squares)</figcaption></figure><figure>${heatMap('As published', final.labels, final.matrix)}<figcaption>As published (shrunk and admissible)</figcaption></figure></div>`;
}

function blockOrder({ names }: ReportData): number[] {
  return [...names.keys()].sort((a, b) =>
    names[a].block < names[b].block ? -1 : names[a].block > names[b].block ? 1 : a - b,
  );
}

function picked(data: ReportData, matrix: readonly (readonly number[])[], order: readonly number[]) {
  return { labels: order.map((i) => data.names[i].symbol), matrix: order.map((i) => order.map((j) => matrix[i][j])) };
}

function byBlock(data: ReportData, matrix: readonly (readonly number[])[]) {
  const labels = [...new Set(data.names.map((name) => name.block))].sort();
  const members = labels.map((block) => [...data.names.keys()].filter((i) => data.names[i].block === block));
  const meanOver = (rows: readonly number[], cols: readonly number[]) => {
    const values = rows.flatMap((i) => cols.filter((j) => j !== i).map((j) => matrix[i][j]));
    return values.length > 0 ? values.reduce((sum, v) => sum + v, 0) / values.length : 0;
  };
  return { labels, matrix: members.map((rows) => members.map((cols) => meanOver(rows, cols))) };
}

function scores(data: ReportData): Markup {
  if (!data.scores) return html`<p>One fold only: nothing is out of sample.</p>`;
  const charted = ['diagonal', 'block', 'fitted'];
  const models = Object.keys(data.scores.pooled).filter((model) => model !== 'zero');
  const symbols = data.names.map((name) => name.symbol);
  const chart =
    symbols.length <= MAX_NAMES_IN_CHARTS
      ? html`<figure>${scoreChart(symbols, data.scores.perName, charted)}<figcaption>${charted.map((model, m) => html`<span class="key model${m}"></span>${model} `)}</figcaption></figure>`
      : html``;
  const splits: [string, ReportScores | null][] = [
    ['walk-forward', data.scores],
    ['first 60 % → rest', data.holdOut],
  ];
  const pooled = table(
    ['split', ...models, 'gain of links', '95 % interval'],
    splits.flatMap(([label, s]) =>
      s
        ? [
            [
              label,
              ...models.map((m) => shown(s.pooled[m])),
              shown(s.crossGain.value),
              s.crossGain.low === undefined ? '' : `${shown(s.crossGain.low, 3)} … ${shown(s.crossGain.high, 3)}`,
            ],
          ]
        : [],
    ),
  );
  const perName = table(
    ['name', 'block', ...models.map((m) => `R² ${m}`), 'R² fitted, 60/40'],
    symbols.map((symbol, i) => [
      symbol,
      data.names[i].block,
      ...models.map((m) => shown(data.scores!.perName[m][i], 3)),
      shown(data.holdOut?.perName.fitted[i], 3),
    ]),
  );
  return html`<p>Share of the move left by factors that flow explains on folds the model has not seen. “Diagonal” knows self impact alone, “block” one link per pair of blocks; “ols” is unconstrained, “kyle” and “eigenliquidity” take their links from the covariance of moves.</p>${chart}${pooled}${perName}`;
}

function kernel({ kernel: k }: ReportData): Markup {
  const rows = k.tauSeconds.map((tau, p) => [
    tau === 'permanent' ? 'permanent' : `${shown(tau)} s`,
    shown(k.weights[p], 3),
    ...k.modes.map((mode) => shown(mode.weights[p], 3)),
  ]);
  const selected =
    k.tauPath.length > 0
      ? table(
          ['time constants', 'held-out error of self impact'],
          k.tauPath.map((t) => [
            t.tauSeconds.map((s) => (s === 'permanent' ? s : `${shown(s)} s`)).join(', '),
            t.error.toFixed(6),
          ]),
        )
      : html``;
  const tried =
    k.concavityPath.length > 0
      ? table(
          ['concavity', 'cross-validated error'],
          k.concavityPath.map((c) => [c.concavity, c.error.toFixed(6)]),
        )
      : html``;
  return html`<figure>${kernelChart(k)}<figcaption>Line: the fit${k.bands.length > 0 ? ', with its 90 % band' : ''}.${k.lags.length > 0 ? ' Points: response to own flow lag by lag on the last day, no shape assumed, with 90 % intervals.' : ''}</figcaption></figure>${table(['time constant', 'weight', ...k.modes.map((mode) => `${mode.label} mode`)], rows)}<p class="soft">Form ${k.form}, ${k.status}; concavity ${k.concavity}.${formText(k)}</p>${selected}${tried}`;
}

function independence(buckets: number, effective: number): string {
  return effective > 0.99 * buckets
    ? `The ${buckets} buckets are as good as independent.`
    : `The ${buckets} buckets are worth ${Math.round(effective)} independent ones.`;
}

function baskets({ basketCosts, effectiveBuckets, window }: ReportData): Markup {
  const rows = basketCosts.map((b) => [
    b.label,
    shown(b.published, 3),
    shown(b.value, 3),
    b.low === undefined ? '' : `${shown(b.low, 3)} … ${shown(b.high, 3)}`,
  ]);
  return html`<p>What one typical bucket of flow in every name would cost at once, in bps of the basket. The interval is that of the estimate without penalty, folds left out in turn; shrinkage may move the published value out of it where data are scarce.</p>${table(['basket', 'published, bps', 'without penalty, bps', '90 % interval'], rows)}<p class="soft">${independence(window.buckets, effectiveBuckets)}</p>`;
}

/** What the other forms of kernel add to the weights. */
function formText({ form, modes, strength }: ReportData['kernel']): string {
  if (form === 'modes' && modes.length > 0)
    return ' Weights are shares of self impact; a mode adds the given share of √(K_ii K_jj) to all its links.';
  if (form !== 'matrix') return '';
  return strength === null
    ? ' Held-out folds give no support for speeds of their own: every matrix is a multiple of K.'
    : ` A matrix per time constant, drawn to the scalar kernel with strength ${strength}; weights are shares of self impact.`;
}

function horizons({ horizons: rows }: ReportData): Markup {
  if (rows.length === 0)
    return html`<p>Not computed: the window has a single fold, or factors are derived from the names.</p>`;
  return html`<p>Moves summed over windows of each horizon, on the last day, predicted by a model that ends before it. A slope of 1 means that the size of impact is right.</p>${table(
    ['horizon', 'R² own flow', 'R² with links', 'slope', 'windows'],
    rows.map((h) => [h.label, shown(h.own, 3), shown(h.fitted, 3), shown(h.calibrationSlope, 3), h.windows]),
  )}`;
}

function certificate(data: ReportData): Markup {
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
  const gap =
    projection.iterations > 0 ? ` (no admissible matrix is nearer by more than ${shown(projection.dualityGap)})` : '';
  return html`<p>Projection: ${projection.status} after ${projection.iterations} iterations, at distance ${shown(projection.distance)} from the estimate${gap}, ${projection.metric} metric. Condition number ${shown(guardrails.conditionNumber)}, cross share ${percent(guardrails.crossShare, 1)}, basket norm ${shown(guardrails.basketNorm, 3)}.</p>${floored}<figure>${spectrumChart(spectrum.before, spectrum.after)}<figcaption><span class="key before"></span>before <span class="key after"></span>after the projection</figcaption></figure>${checks}${witness(data.certificateBefore)}`;
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
function admission({ admission: { steps, asymmetry }, names: list }: ReportData): Markup {
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

function shrinkage({ shrinkage: s }: ReportData): Markup {
  const market =
    s.marketMean === null ? '' : ` Mean link over all pairs ${shown(s.marketMean, 3)} (t = ${shown(s.marketT, 3)}).`;
  const factors =
    s.meanLinkWithoutFactors === null
      ? ''
      : ` Mean estimated link with factors ${shown(s.meanLinkWithFactors, 3)}, without ${shown(s.meanLinkWithoutFactors, 3)}.`;
  const path =
    s.lambdaPath.length > 0
      ? table(
          ['λ', 'cross-validated error'],
          s.lambdaPath.map((p) => [shown(p.lambda), p.error.toFixed(6)]),
        )
      : html``;
  return html`<p>λ = ${shown(s.lambda)}, intensity ${shown(s.intensity, 3)}; ${s.tailIsCut ? `${s.tailLinks} of ${s.links} links were too weak or unstable and took their block’s value or zero.` : 'weak links were kept: cutting them would lose on held-out folds.'} Optimality residual ${s.optimalityResidual.toExponential(0)}.${market}${factors}</p>${path}`;
}

function regimes({ regimes: r }: ReportData): Markup {
  if (r.cells.length === 0) return html`<p>One regime.</p>`;
  return table(
    ['regime', 'realised / predicted', 'standard error', 'multiplier', 'buckets'],
    r.cells.map((c) => [
      c.cell.replaceAll('|', ', ').replaceAll(':', ' '),
      shown(c.slope, 3),
      shown(c.standardError, 2),
      shown(c.multiplier, 3),
      c.buckets,
    ]),
  );
}

function names(data: ReportData): Markup {
  const rows = data.names.map((name) => [
    name.symbol,
    name.block,
    shown(name.selfImpact),
    shown(name.selfImpactError, 2),
    shown(name.residualVolBps, 3),
    percent(name.factorR2, 1),
    percent(name.flowFactorR2, 1),
    percent(name.missingShare),
  ]);
  return html`${table(['name', 'block', 'self impact, bps/M', 'standard error', 'residual vol, bps', 'factor R²', 'flow–factor R²', 'missing moves'], rows)}<p class="soft">${data.factors.note}</p>`;
}

function quality(data: ReportData): Markup {
  const rows = data.dataQuality.map((d) => [
    d.date,
    d.dataset,
    d.rows,
    d.used,
    Object.entries(d.quarantined)
      .map(([reason, count]) => `${reason} ${count}`)
      .join(', ') || 'none',
  ]);
  const lags = data.leadLag.map((l) => [l.leader, l.follower, l.lagMs, shown(l.correlation, 3), shown(l.atZero, 3)]);
  const leads =
    lags.length > 0
      ? html`<h3>Lead–lag on the last day</h3>${table(['first', 'second', 'lag, ms', 'largest correlation', 'at lag 0'], lags)}`
      : html``;
  return html`${table(['date', 'dataset', 'rows', 'used', 'quarantined'], rows)}${leads}`;
}

function notes(data: ReportData): Markup {
  return data.notes.length > 0
    ? html`<ul>${data.notes.map((note) => html`<li>${note}</li>`)}</ul>`
    : html`<p>None.</p>`;
}

function provenance(data: ReportData): Markup {
  const { name, packageVersion, methodVersion } = data.producer;
  return html`<p>${name} ${packageVersion}, method ${methodVersion}.</p><details><summary>Inputs</summary>${table(
    ['dataset', 'date', 'rows', 'sha256'],
    data.inputs.map((i) => [i.dataset, i.date ?? '', i.rows, i.sha256]),
  )}</details><details><summary>Configuration</summary><pre tabindex="0">${JSON.stringify(data.config, null, 2)}</pre></details>`;
}

type Cell = string | number | Markup;

function table(headers: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  const numeric = headers.map((_, c) =>
    rows.every(
      (row) => typeof row[c] === 'number' || (typeof row[c] === 'string' && /^[–\d.\-+e %]*$/.test(row[c] as string)),
    ),
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${headers.join(', ')}"><table><thead><tr>${headers.map((h, c) => html`<th scope="col"${numeric[c] ? new Markup(' class="number"') : ''}><button type="button">${h}</button></th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map((cell, c) => html`<td${numeric[c] ? new Markup(' class="number"') : ''}>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}
