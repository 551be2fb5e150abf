import { kernelChart } from './charts/kernelChart.js';
import { scoreChart } from './charts/scoreChart.js';
import { admission, certificate, linkMaps, MAX_NAMES_IN_CHARTS } from './constraintSections.js';
import { failureModes, guardrailHistory } from './healthSections.js';
import { html, type Markup, percent, shown } from './html.js';
import { gateTable, headline, notes, page, provenance, section, table } from './page.js';
import type { ReportData, ReportScores } from './reportData.js';
import { scorecard } from './scorecardSection.js';

/** The report as one self-contained page: no network, inline SVG, light and dark, prints to A4. */
export function renderHtml(data: ReportData): string {
  const sections = [
    verdict(data),
    section('Gates', gateTable(data)),
    section('What may have gone wrong', failureModes(data)),
    section('What orders cost', scorecard(data)),
    section('Links between names', linkMaps(data)),
    section('Cost of reference baskets', baskets(data)),
    section('Out-of-sample fit', scores(data)),
    section('Decay', kernel(data)),
    section('Fit by markout horizon', horizons(data)),
    section('No-arbitrage certificate', certificate(data)),
    section('Price of admission', admission(data)),
    section('Shrinkage', shrinkage(data)),
    section('Regimes', regimes(data)),
    section('Guardrails over history', guardrailHistory(data)),
    section('Names', names(data)),
    section('Data quality', quality(data)),
    section('Notes', notes(data)),
    section('Provenance', provenance(data)),
  ];
  return page(`${data.model} ${data.asof} – cross-impact`, sections);
}

function verdict(data: ReportData): Markup {
  const { dates, folds, buckets } = data.window;
  const span = dates.length === 1 ? dates[0] : `${dates[0]} to ${dates.at(-1)}, ${dates.length} days`;
  return html`<header><h1>${data.model} <span class="soft">as of ${data.asof}</span></h1><p class="verdict ${data.verdict.gates}">${headline(data.gates)}.</p><p class="lead">${sentence(data.verdict.crossImpact)}.</p><p class="soft">${data.names.length} names, ${span}, ${buckets} buckets of ${data.kernel.bucketMs} ms in ${folds} folds. Certificate: ${data.certificate.status}.</p></header>`;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

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
