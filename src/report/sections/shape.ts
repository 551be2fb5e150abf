import { timeConstantText } from '../../model/manifest.js';
import { wordsOf } from '../../model/units.js';
import { misfits, responseChart } from '../charts/responseChart.js';
import { details, figure, NOTHING, pill, table } from '../elements.js';
import { familyCells, familyHeaders, telling } from '../familyRows.js';
import { html, type Markup, percent, shown } from '../html.js';
import type { ReportConcave, ReportFamilies, ReportFamily } from '../impactData.js';
import type { ReportData } from '../reportData.js';

/** Whether impact is in proportion to size, how that was chosen, and whether the last day agrees. */
export function shapeOfImpact(data: ReportData): Markup {
  const { families, concave } = data;
  if (!families && !concave && data.responses.length === 0)
    return html`<p>Given, not compared, and no day was replayed.</p>`;
  return html`${[
    families ? compared(families) : html`<p>The shape of impact and the exponent γ of depth are given.</p>`,
    responses(data),
    concave ? concaveTerms(concave, data) : NOTHING,
  ]}`;
}

const R2_EXPLAINED =
  'R² of moves on own flow alone, names one by one, on folds that come after those that were fitted; ' +
  'γ is the exponent of the depth of the book.';

function compared(families: ReportFamilies): Markup {
  const { sentence, comparisons, links } = families;
  if (comparisons[0].scores.length === 0) return html`<p>${sentence}</p>`;
  const rows = telling(families).map((score) => [...marked(score), verdictOf(score)]);
  const all = comparisons.map(({ scores, testGroups }) => {
    const cells = scores.map((score) => [...marked(score), beyond(score)]);
    const headers = [...familyHeaders(families), 'points beyond the chosen one'];
    return html`${table(headers, cells)}<p class="soft">${testGroups} groups of folds were predicted.</p>`;
  });
  return html`${[
    html`<p>${sentence}</p>`,
    table([...familyHeaders(families), 'verdict'], rows),
    html`<p class="soft">${R2_EXPLAINED}${links ? linksText(links) : ''}</p>`,
    details('All that was compared', html`${all}`),
  ]}`;
}

const linksText = ({ linear, concave }: NonNullable<ReportFamilies['links']>): string =>
  ` With links, R² of all names in a bucket is ${shown(linear)} where links are linear and ${shown(concave)} where they are concave.`;

function marked(score: ReportFamily): (string | Markup)[] {
  const cells = familyCells(score);
  return score.isChosen ? [html`<strong>${cells[0]}</strong>`, ...cells.slice(1)] : cells;
}

function verdictOf({ isChosen, shape }: ReportFamily): Markup {
  if (isChosen) return pill('chosen');
  return shape.kind === 'before' ? pill('withheld') : NOTHING;
}

const beyond = ({ isChosen, beyondChoice, error }: ReportFamily): string =>
  isChosen ? 'chosen' : `${shown(100 * beyondChoice, 2)} ± ${shown(100 * error, 2)}`;

const RESPONSE_EXPLAINED =
  'Line: what the model says that own flow of a bucket does at once, by its size, on a market at rest. Points: what the last ' +
  'day did beyond links and earlier own flow, in tenths of the buckets by size (the last one in three), with 90 % intervals. The model had not seen these buckets.';

function responses({ responses: all, config }: ReportData): Markup {
  if (all.length === 0) return NOTHING;
  const points = all.reduce((sum, { points: own }) => sum + own.length, 0);
  const off = all.map(misfits);
  const [above, below] = [off.reduce((sum, m) => sum + m.above, 0), off.reduce((sum, m) => sum + m.below, 0)];
  const count = ` ${above} of ${points} points lie above the line and ${below} below it by more than their interval.`;
  return figure(responseChart(all, wordsOf({ config })), `${RESPONSE_EXPLAINED}${count}`);
}

/** Tables with more names than this are folded. */
const MOST_NAMES = 12;

function concaveTerms(concave: ReportConcave, { config }: ReportData): Markup {
  const { power, tauSeconds, links, names, modes } = concave;
  const rows = names.map(({ symbol, typical, bend, share }) => [
    symbol,
    shown(typical, 3),
    shown(bend, 3),
    percent(share, 0),
  ]);
  const own = table(
    ['name', 'typical flow of a bucket, M', 'impact bends at, M', 'concave share of self impact'],
    rows,
  );
  const constants = tauSeconds.map((tau) => timeConstantText(tau));
  const form = links === 'linear' ? 'links are linear' : 'links are concave as well, as the modes below';
  return html`${[
    html`<p>Concave terms have power ${power} and time constants ${constants.join(', ')}; ${form}.</p>`,
    names.length > MOST_NAMES ? details(`Where the impact of ${names.length} names bends`, own) : own,
    modes.length > 0 ? modeTable(modes, constants, wordsOf({ config }).perMillion) : NOTHING,
  ]}`;
}

function modeTable(modes: ReportConcave['modes'], constants: readonly string[], unit: string): Markup {
  const rows = modes.map(({ label, weights }) => [label, ...weights.map((weight) => shown(weight, 3))]);
  const body = table([`mode, ${unit}`, ...constants], rows);
  return modes.length > MOST_NAMES ? details(`Weights of ${modes.length} modes`, body) : body;
}
