import { type Gate, isFailing } from '../model/gate.js';
import { orderTimeText, type ReferenceOrder } from '../model/manifest.js';
import type { UnitWords } from '../model/units.js';
import type { Verdict } from '../model/verdict.js';
import { percent, range, shown } from './html.js';
import type { ReportChange, ReportLink } from './reportData.js';

/** What the five answers are drawn from; `report.json` has all of it. */
export interface AnswerFacts {
  readonly gates: readonly Gate[];
  readonly verdict: Pick<Verdict, 'headline' | 'sentence' | 'links'>;
  readonly certificate: { readonly status: string };
  readonly referenceOrders: readonly ReferenceOrder[];
  readonly links: readonly ReportLink[];
  /** Null where no champion is an input of the version. */
  readonly sinceChampion: ReportChange | null;
  readonly diagnoses: readonly { readonly mode: string; readonly verdict: string; readonly remedy: string }[];
}

/** What whoever decides asks first, in the words of whoever calibrates: sentences without markup, for a page, a mail and a terminal. */
export interface Answers {
  readonly trade: { readonly isAllowed: boolean; readonly lines: readonly string[] };
  readonly costs: { readonly rows: readonly CostRow[]; readonly missed: string | undefined };
  readonly change: { readonly line: string; readonly rows: readonly (readonly string[])[] };
  readonly links: readonly LinkRow[];
  readonly worries: readonly { readonly what: string; readonly remedy: string }[];
}

/** A basket of one million over a time. */
export interface CostRow {
  readonly basket: string;
  readonly time: string;
  readonly cost: string;
  readonly interval: string;
  /** What the same costs where every name moves by its own flow alone. */
  readonly alone: string;
}

/** What buying one million of `bought` does to the price of `moved`. */
export interface LinkRow {
  readonly bought: string;
  readonly moved: string;
  readonly impact: string;
  readonly interval: string;
}

export const QUESTIONS = {
  trade: 'May I trade on this?',
  costs: 'What does a typical basket cost?',
  change: 'What changed since the champion?',
  links: 'Who hurts whom?',
  worries: 'What should I worry about?',
} as const;

export function answersOf(facts: AnswerFacts, units: UnitWords): Answers {
  return {
    trade: mayTrade(facts),
    costs: costsOf(facts.referenceOrders),
    change: changeOf(facts.sinceChampion, units),
    links: facts.links.map((link) => ({
      ...{ bought: link.column, moved: link.row },
      ...{ impact: signed(link.value), interval: range(link) },
    })),
    worries: worriesOf(facts),
  };
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${shown(value, 3)}`;

function mayTrade({ gates, verdict, certificate }: AnswerFacts): Answers['trade'] {
  const failing = gates.filter(isFailing);
  const isAllowed = failing.length === 0 && certificate.status === 'passed';
  const passed = gates.filter((gate) => gate.verdict === 'passed').length;
  const decided =
    failing.length > 0
      ? `decided by ${failing.map(({ name }) => name).join(', ')}`
      : `${passed} of ${gates.length} gates passed${passed < gates.length ? ', the others do not apply' : ''}`;
  // Of a version that nobody is to trade on it says nothing that links follow the market.
  const live = isAllowed ? ['links are live'] : [];
  const links = verdict.links === 'live' ? live : ['links are frozen: live systems hold them'];
  return {
    isAllowed,
    lines: [
      `${isAllowed ? 'Yes' : 'No'}: ${decided}; certificate ${certificate.status}`,
      [verdict.sentence, ...links].join('; '),
    ],
  };
}

/** Times that a reader thinks in; the others stand further down the page. */
const TYPICAL_SECONDS = [600, 3600];

function costsOf(orders: readonly ReferenceOrder[]): Answers['costs'] {
  const baskets = orders.filter(({ kind }) => kind === 'basket');
  const times = [...new Set(baskets.map(({ seconds }) => seconds))];
  const typical = times.filter((seconds) => TYPICAL_SECONDS.includes(seconds));
  const wanted = typical.length > 0 ? typical : times.slice(-2);
  const shownOrders = baskets.filter(({ seconds }) => wanted.includes(seconds));
  return {
    rows: shownOrders.map((order) => ({
      basket: order.order,
      time: orderTimeText(order.seconds),
      cost: shown(order.value, 3),
      interval: range(order),
      alone: shown(order.alone, 3),
    })),
    missed: missedOf(shownOrders),
  };
}

/** What models of single names leave out of a basket, by the longest time that is shown. */
function missedOf(orders: readonly ReferenceOrder[]): string | undefined {
  const words = orders
    .filter(({ seconds, alone, value }) => seconds === orders.at(-1)!.seconds && alone !== undefined && value > 0)
    .map(({ order, alone, value }) => {
      const ratio = alone! / value;
      return ratio <= 1
        ? `miss ${percent(1 - ratio, 0)} of the cost of the ${order}`
        : `price the ${order} ${percent(ratio - 1, 0)} too dear`;
    });
  return words.length > 0 ? `models of single names ${words.join(' and ')}` : undefined;
}

function changeOf(change: ReportChange | null, { perMillion }: UnitWords): Answers['change'] {
  if (!change)
    return {
      line: 'no champion of an earlier date is an input: see validate.since_champion, and xim compare',
      rows: [],
    };
  const champion = `champion ${change.champion.slice(0, 8)}`;
  if (change.compared === 0)
    return { line: `${champion} knows no two of these names: nothing can be compared`, rows: [] };
  const rows = change.links.map(({ row, column, from, to }) => [`${column} ↔ ${row}`, shown(from, 3), shown(to, 3)]);
  const [largest] = rows;
  return {
    line: largest
      ? `${champion}; the link that moved most, ${largest[0]}: ${largest[1]} → ${largest[2]} ${perMillion}`
      : `${champion}; no link moved`,
    rows,
  };
}

function worriesOf({ gates, diagnoses }: AnswerFacts): Answers['worries'] {
  const failing = gates.filter(isFailing).map(({ name, reason }) => ({ what: `gate ${name}`, remedy: reason }));
  const red = diagnoses
    .filter(({ verdict }) => verdict === 'red')
    .map(({ mode, remedy }) => ({ what: mode as string, remedy }));
  return [...failing.filter(({ what }) => what !== 'gate diagnostics' || red.length === 0), ...red];
}
