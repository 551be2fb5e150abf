import type { ScheduleDocument } from '../../../model/scheduleDocument.js';
import { type UnitWords, unitWords } from '../../../model/units.js';
import { costPartsChart } from '../../charts/costPartsChart.js';
import { bullets, details, key, NOTHING, pill } from '../../elements.js';
import { html, type Markup } from '../../html.js';
import { gapWords, urgencyWords } from './optimum.js';
import { replanned } from './replanned.js';
import { warningsOf } from './warnings.js';
import {
  costDecimals,
  counted,
  exactly,
  fixed,
  grouped,
  label,
  millions,
  money,
  named,
  partsOf,
  policyWords,
  signed,
  spell,
  sum,
} from './words.js';

/** Notes that stand on the first screen; the others can be opened. */
const SHOWN_NOTES = 5;

/** What the reader must know before anything else: what is traded, what it costs, what links add, what may be wrong. */
export function summary(document: ScheduleDocument): Markup {
  const warnings = warningsOf(document);
  return html`<header>${[
    html`<h1>${titleOf(document)} <span class="soft">${horizon(document)}</span></h1>`,
    ...costs(document),
    warnings.length > 0 ? html`<ul class="warnings">${warnings.map((text) => html`<li>${text}</li>`)}</ul>` : NOTHING,
    html`<dl class="facts">${facts(document).map(([what, text]) => html`<dt>${what}</dt><dd>${text}</dd>`)}</dl>`,
    notes(document.notes),
  ]}</header>`;
}

export function titleOf({ names, replan }: Pick<ScheduleDocument, 'names' | 'replan'>): string {
  const what = names.length === 1 ? label(names[0].symbol, 40) : `basket of ${counted(names.length, 'name')}`;
  if (replan) return `Rest of ${names.length === 1 ? '' : 'a '}${what}`;
  return names.length === 1 ? what : `B${what.slice(1)}`;
}

function horizon({ date, rows, timezone }: ScheduleDocument): string {
  return `${date}, ${rows[0].start}–${rows[rows.length - 1].end} ${timezone}`;
}

function costs(document: ScheduleDocument): Markup[] {
  const { cost } = document;
  const units = unitWords(document.units);
  const text = (value: number) => fixed(value, costDecimals(document));
  const number = (value: number) => exactly(value, text(value));
  const parts = partsOf(cost).map(({ part, words, colour }) => ({ words, colour, value: cost[part] }));
  const legend = parts.map(({ words, colour, value }) => html`<li>${key(colour)}${words} ${number(value)}</li>`);
  const bar = { label: 'expected cost', isChosen: true, parts, total: cost.expected };
  return [
    html`<p class="verdict ink">Costs ${number(cost.expected)} ${document.names.length === 1 ? units.ofOrder : units.ofBasket}: ${exactly(cost.expectedMoney, money(cost.expectedMoney))} in money.</p>`,
    html`<p class="lead">Prices move meanwhile: ±${number(cost.deviation)} ${units.move}. 95\u00a0% of the time it costs less than ${number(cost.q95)} ${units.move}.</p>`,
    ...(parts.length > 0
      ? [
          html`<figure class="one">${costPartsChart('Expected cost in parts', [bar], text)}</figure>`,
          html`<ul class="parts">${legend}<li><strong>= ${number(cost.expected)} ${units.move}</strong></li></ul>`,
        ]
      : []),
  ];
}

type Fact = readonly [string, Markup];

function facts(document: ScheduleDocument): Fact[] {
  return [
    ['Traded', traded(document)],
    ['When', when(document)],
    ['Worked', worked(document)],
    ...(document.replan ? [['Running plan', replanned(document.replan, document.units)] as const] : []),
    ['Optimum', html`${gapWords(document)}`],
    ['Certificate', certificate(document)],
    ['Links', html`${links(document)}`],
  ];
}

const amountWords = (units: ScheduleDocument['units']): string => (units === 'price' ? 'm of point value' : 'm');

function traded({ names, gross, net, units }: ScheduleDocument): Markup {
  const unit = amountWords(units);
  const side = (sign: number) => names.filter((name) => Math.sign(name.millions) === sign);
  const sideWords = (sign: number, verb: string) => {
    const those = side(sign);
    const amount = Math.abs(sum(those.map((name) => name.millions)));
    if (those.length === 0) return [];
    return [html`${verb} ${exactly(amount, grouped(millions(amount)))} ${unit} in ${counted(those.length, 'name')}`];
  };
  const sides = [...sideWords(1, 'buys'), ...sideWords(-1, 'sells')];
  const blocks = new Set(names.map(({ block }) => block)).size;
  const balance = net === 0 ? 'bought and sold alike' : net > 0 ? 'bought' : 'sold';
  const netAmount = net === 0 ? NOTHING : html`${exactly(net, grouped(millions(Math.abs(net))))} ${unit} `;
  const joined = sides.flatMap((text, k) => (k === 0 ? [text] : [html`, ${text}`]));
  return html`${exactly(gross, grouped(millions(gross)))} ${unit} gross, net ${netAmount}${balance}: ${joined}; ${counted(blocks, 'block')}`;
}

function when({ rows, bucketSeconds, children }: ScheduleDocument): Markup {
  const continuous = rows.filter(({ kind }) => kind === 'continuous').length;
  const more = rows.flatMap(({ kind }) =>
    kind === 'auction'
      ? [' and the closing auction']
      : kind === 'cleanUp'
        ? [', and what is left after the horizon']
        : [],
  );
  return html`${counted(continuous, 'bucket')} of ${spell(bucketSeconds)}${more}, ${counted(children.length, 'child order')}`;
}

function worked({ policy, settings }: ScheduleDocument): Markup {
  const words = policyWords(policy.name);
  return html`<strong>${policy.name}</strong>${words === '' ? '' : `, ${words}`}: ${policy.reason}; ${urgencyWords(settings)}`;
}

function certificate({ version }: ScheduleDocument): Markup {
  return html`${pill(version.certificate)} for ${named(version.folder)}; cross-impact is ${version.crossImpact}`;
}

/** What a model of single names does not see. */
function links(document: ScheduleDocument): Markup[] {
  const { cost, comparison, policy } = document;
  const { move } = unitWords(document.units);
  const decimals = costDecimals(document);
  const amount = exactly(cost.cross, signed(cost.cross, decimals));
  if (document.names.length === 1) return [html`one name: there is nothing it could move, or be moved by`];
  const verb = cost.cross < 0 ? 'names make each other cheaper' : 'names make each other dearer';
  const first = html`${amount} ${move} of the cost is cross impact: ${verb}. `;
  const blind = comparison?.find((one) => one.policy === 'diagonal');
  if (!blind) return [first, unseen(document)];
  const misses = blind.cost.expected - blind.believedBps;
  const missed = html`${exactly(misses, fixed(Math.abs(misses), decimals))} ${move} too ${misses < 0 ? 'much' : 'little'}`;
  const own = policy.name === 'diagonal' ? 'this schedule' : 'its own schedule';
  return [
    first,
    html`A single-name model thinks ${own} costs ${exactly(blind.believedBps, fixed(blind.believedBps, decimals))} ${move}; with links it is ${exactly(blind.cost.expected, fixed(blind.cost.expected, decimals))}: it reckons ${missed}.`,
  ];
}

function unseen(document: ScheduleDocument): Markup {
  const { cost, units } = document;
  const without = cost.expected - cost.cross;
  const words: UnitWords = unitWords(units);
  return html`A model of single names would put this schedule at ${exactly(without, fixed(without, costDecimals(document)))} ${words.move}.`;
}

function notes(all: readonly string[]): Markup {
  if (all.length === 0) return NOTHING;
  const item = (text: string) => html`<li>${text}</li>`;
  const rest = all.slice(SHOWN_NOTES);
  const more = rest.length > 0 ? details(`${counted(rest.length, 'more note')}`, bullets(rest)) : NOTHING;
  return html`<ul class="notes">${all.slice(0, SHOWN_NOTES).map(item)}</ul>${more}`;
}
