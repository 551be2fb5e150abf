import { orderTimeText } from '../../model/manifest.js';
import { type UnitWords, wordsOf } from '../../model/units.js';
import { scoreChart } from '../charts/scoreChart.js';
import { figure, key, NOTHING, table } from '../elements.js';
import { html, type Markup, range, shown, unbroken } from '../html.js';
import type { ReportData, ReportScores } from '../reportData.js';
import { MAX_NAMES_IN_CHARTS } from './links.js';

const SCORES_EXPLAINED =
  'Share of the move left by factors that flow explains on folds the model has not seen. ' +
  '“Diagonal” knows self impact alone, “block” one link per pair of blocks; ' +
  '“ols” is unconstrained, “kyle” and “eigenliquidity” take their links from the covariance of moves.';

/** Models that are drawn by name. */
const CHARTED = ['diagonal', 'block', 'fitted'];

export function scores({ scores: walkForward, holdOut, names }: ReportData): Markup {
  if (!walkForward) return html`<p>One fold only: nothing is out of sample.</p>`;
  const models = Object.keys(walkForward.pooled).filter((model) => model !== 'zero');
  return html`${[
    html`<p>${SCORES_EXPLAINED}</p>`,
    names.length <= MAX_NAMES_IN_CHARTS ? scoresByName(walkForward, names) : NOTHING,
    pooledTable(walkForward, holdOut, models),
    nameTable(walkForward, holdOut, models, names),
  ]}`;
}

function scoresByName({ perName }: ReportScores, names: ReportData['names']): Markup {
  const symbols = names.map((name) => name.symbol);
  const legend = CHARTED.map((model, m) => html`${key(`model${m}`)}${model} `);
  return figure(scoreChart(symbols, perName, CHARTED), legend);
}

function pooledTable(walkForward: ReportScores, holdOut: ReportScores | null, models: readonly string[]): Markup {
  const row = (split: string, { pooled, crossGain }: ReportScores) => [
    split,
    ...models.map((model) => shown(pooled[model])),
    shown(crossGain.value),
    range(crossGain),
  ];
  const rows = [row('walk-forward', walkForward), ...(holdOut ? [row('first 60 % → rest', holdOut)] : [])];
  return table(['split', ...models, 'gain of links', '95 % interval'], rows);
}

function nameTable(
  walkForward: ReportScores,
  holdOut: ReportScores | null,
  models: readonly string[],
  names: ReportData['names'],
): Markup {
  const rows = names.map(({ symbol, block }, i) => [
    symbol,
    block,
    ...models.map((model) => shown(walkForward.perName[model][i], 3)),
    shown(holdOut?.perName.fitted[i], 3),
  ]);
  return table(['name', 'block', ...models.map((model) => `R² ${model}`), 'R² fitted, 60/40'], rows);
}

const HORIZONS_EXPLAINED =
  'Moves summed over windows of each horizon, on the last day, predicted by a model that ends before it. ' +
  'A slope of 1 means that the size of impact is right.';

export function horizons({ horizons: all }: ReportData): Markup {
  if (all.length === 0)
    return html`<p>Not computed: the window has a single fold, or factors are derived from the names.</p>`;
  const rows = all.map((h) => [h.label, shown(h.own, 3), shown(h.fitted, 3), shown(h.calibrationSlope, 3), h.windows]);
  const headers = ['horizon', 'R² own flow', 'R² with links', 'slope', 'windows'];
  return html`<p>${HORIZONS_EXPLAINED}</p>${table(headers, rows)}`;
}

const basketsExplained = ({ ofBasket }: UnitWords): string =>
  `What one typical bucket of flow in every name would cost at once, in ${ofBasket}. ` +
  'The interval is that of the estimate without penalty, folds left out in turn; ' +
  'shrinkage may move the published value out of it where data are scarce.';

export function baskets({ basketCosts, effectiveBuckets, window, config }: ReportData): Markup {
  const units = wordsOf({ config });
  const rows = basketCosts.map((b) => [b.label, shown(b.published, 3), shown(b.value, 3), range(b)]);
  const costs = table(['basket', `published, ${units.move}`, `without penalty, ${units.move}`, '90 % interval'], rows);
  const worth = independence(window.buckets, effectiveBuckets);
  return html`<p>${basketsExplained(units)}</p>${costs}<p class="soft">${worth}</p>`;
}

const ordersExplained = ({ ofOrder }: UnitWords): string =>
  `What one million costs that is worked evenly over the time, impact alone, in ${ofOrder}, with 90 % intervals. ` +
  'They say how uncertain the size of impact is, and how it decays, whatever time constants were chosen.';

/** Cost of orders by what is bought and the time that is taken. */
export function orders({ referenceOrders, config }: ReportData): Markup {
  if (referenceOrders.length === 0) return html`<p>The session is shorter than the shortest of them.</p>`;
  const times = [...new Set(referenceOrders.map(({ seconds }) => seconds))];
  const labels = [...new Set(referenceOrders.map(({ order }) => order))];
  const byKey = new Map(referenceOrders.map((o) => [`${o.order}/${o.seconds}`, o]));
  const cell = (label: string, seconds: number) => {
    const order = byKey.get(`${label}/${seconds}`);
    if (!order) return '';
    const bounds = range(order);
    return bounds === '' ? shown(order.value, 3) : unbroken(`${shown(order.value, 3)} (${bounds})`);
  };
  const rows = labels.map((label) => [label, ...times.map((seconds) => cell(label, seconds))]);
  return html`<p>${ordersExplained(wordsOf({ config }))}</p>${table(['order', ...times.map(orderTimeText)], rows)}`;
}

function independence(buckets: number, effective: number): string {
  return effective > 0.99 * buckets
    ? `The ${buckets} buckets are as good as independent.`
    : `The ${buckets} buckets are worth ${Math.round(effective)} independent ones.`;
}
