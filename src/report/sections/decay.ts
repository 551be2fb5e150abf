import { orderTimeText, timeConstantText } from '../../model/manifest.js';
import { kernelChart } from '../charts/kernelChart.js';
import { figure, NOTHING, table, tableIfAny } from '../elements.js';
import { html, type Markup, shown } from '../html.js';
import type { ReportConcave, ReportKernel } from '../impactData.js';
import type { ReportData } from '../reportData.js';

/** How impact decays, and how that was chosen. */
export function decay({ kernel, concave }: ReportData): Markup {
  const { form, status, concavity, liquidity } = kernel;
  const scaled = liquidity ? `; flow by the depth of the book, exponent ${liquidity}` : '';
  return html`${[
    figure(kernelChart(kernel), chartCaption(kernel, concave)),
    weightTable(kernel),
    html`<p class="soft">Kernel of form ${form}, ${status}; ${bend(concavity, concave)}${scaled}.${whatTheFormAdds(kernel)}</p>`,
    whyTheForm(kernel),
    tauTable(kernel),
    concavityTable(kernel),
  ]}`;
}

function chartCaption({ bands, lags }: ReportKernel, concave: ReportConcave | undefined): string {
  const what = concave ? 'the decay of the linear part' : 'the fit';
  const line = `Line: ${what}${bands.length > 0 ? ', with its 90 % band' : ''}.`;
  const points = ' Points: response to own flow lag by lag on the last day, no shape assumed, with 90 % intervals.';
  const said = ' Dashed: the same of what the whole model says, concave terms included, on the flow of that day.';
  return lags.length === 0 ? line : concave ? line + points + said : line + points;
}

const bend = (concavity: number, concave: ReportConcave | undefined): string =>
  concave ? `concave after the decay, power ${concave.power}` : `concavity ${concavity}`;

function weightTable({ tauSeconds, weights, modes }: ReportKernel): Markup {
  const rows = tauSeconds.map((tau, p) => [
    timeConstantText(tau),
    shown(weights[p], 3),
    ...modes.map((mode) => shown(mode.weights[p], 3)),
  ]);
  return table(['time constant', 'weight', ...modes.map((mode) => `${mode.label} mode`)], rows);
}

/** Beside the weights. */
function whatTheFormAdds({ form, modes, strength }: ReportKernel): string {
  if (form === 'modes' && modes.length > 0)
    return ' Weights are shares of self impact; a mode adds the given share of √(K_ii K_jj) to all its links.';
  if (form !== 'matrix') return '';
  const matrices = ' A matrix per time constant, drawn to the scalar kernel with strength';
  return strength === null
    ? ' Held-out folds give no support for speeds of their own: every matrix is a multiple of K.'
    : `${matrices} ${strength}; weights are shares of self impact.`;
}

/** Where the form was left to the data. */
const whyTheForm = ({ why, baskets }: ReportKernel): Markup =>
  why === undefined ? NOTHING : html`<p>${why}</p>${basketTable(baskets)}`;

const basketTable = (baskets: ReportKernel['baskets']): Markup =>
  tableIfAny(
    ['basket', 'over', 'cost over impact at once: one decay', 'modes', 'its own flow bears, 99 %'],
    baskets.map(({ basket, seconds, scalar, modes, low, high }) => [
      basket,
      orderTimeText(seconds),
      shown(scalar, 3),
      modes === null ? '–' : shown(modes, 3),
      `${shown(low, 3)} … ${high === null ? '∞' : shown(high, 3)}`,
    ]),
  );

const tauTable = ({ tauPath }: ReportKernel): Markup =>
  tableIfAny(
    ['time constants', 'loss above the whole grid, residual variances'],
    tauPath.map(({ tauSeconds, error }) => [tauSeconds.map(timeConstantText).join(', '), error.toFixed(6)]),
  );

const concavityTable = ({ concavityPath }: ReportKernel): Markup =>
  tableIfAny(
    ['concavity', 'cross-validated error'],
    concavityPath.map(({ concavity, error }) => [concavity, error.toFixed(6)]),
  );
