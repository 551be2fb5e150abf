import type { Interval } from '../model/interval.js';
import { orderTimeText } from '../model/manifest.js';
import type { UnitWords } from '../model/units.js';
import { table, tableIfAny } from './elements.js';
import { html, type Markup, range, shown } from './html.js';
import { page, section } from './page.js';

/** A version beside another. */
export interface ComparedSide {
  readonly id: string;
  /** Name of its folder. */
  readonly version: string;
  readonly asof: string;
  readonly days: number;
  readonly names: number;
  readonly certificate: string;
  readonly headline: string;
  readonly sentence: string;
}

/** Two versions side by side. */
export interface VersionComparison {
  readonly from: ComparedSide;
  readonly to: ComparedSide;
  /** Names that only one of the two has. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Largest |ΔK_ij| / √(K_ii K_jj) of the first. */
  readonly maxRelative: number;
  /** Cost of the reference baskets that both have. */
  readonly baskets: readonly {
    readonly basket: string;
    readonly seconds: number;
    readonly from: Interval;
    readonly to: Interval;
  }[];
  /** Entries of K (self impacts among them) that both have with an error, and those that moved beyond both errors. */
  readonly links: {
    readonly compared: number;
    readonly moved: number;
    /** Of those that moved, by errors, largest first; bps per million. */
    readonly largest: readonly {
      readonly row: string;
      readonly column: string;
      readonly from: number;
      readonly to: number;
      readonly error: number;
    }[];
  };
  /** Gates whose verdict differs. */
  readonly gates: readonly {
    readonly gate: string;
    readonly verdict: { readonly from: string | null; readonly to: string };
    readonly value: { readonly from: number | null; readonly to: number | null };
  }[];
  /** Settings that differ, as JSON; null where a version does not have one. */
  readonly settings: readonly { readonly setting: string; readonly from: string | null; readonly to: string | null }[];
  /** Days of a dataset that only one has, or whose bytes differ; '' stands for a file without a day. */
  readonly inputs: readonly {
    readonly dataset: string;
    readonly removed: readonly string[];
    readonly added: readonly string[];
    readonly changed: readonly string[];
  }[];
}

/** Both versions as one self-contained page. */
export function renderComparison(compared: VersionComparison, units: UnitWords): string {
  const { from, to } = compared;
  return page(`${from.version} and ${to.version}`, [
    html`<header>${[
      html`<h1>${from.version} <span class="soft">and</span> ${to.version}</h1>`,
      html`<p class="lead">${linksSentence(compared)}</p>`,
    ]}</header>`,
    section('Versions', sides(from, to)),
    section('Cost of reference baskets', baskets(compared, units)),
    section('Links that moved beyond their errors', links(compared, units)),
    section('Gates whose verdict differs', gates(compared)),
    section('Settings that differ', settings(compared)),
    section('Inputs that differ', inputs(compared)),
  ]);
}

/** The links in a sentence. */
export function linksSentence(comparison: VersionComparison): string {
  const { links, maxRelative, added, removed, to } = comparison;
  const { compared, moved } = links;
  const change =
    added.length < to.names
      ? `The largest change is ${shown(maxRelative, 3)} of √(K_ii K_jj).`
      : 'The versions have no name in common.';
  const beyond =
    compared === 0
      ? 'No entry of K has an error in both: nothing can be said to have moved.'
      : `${moved} of ${compared} entries of K moved beyond their errors (95 %); ${Math.round(0.05 * compared)} would by chance.`;
  const names = [
    ...(added.length > 0 ? [`Added: ${added.join(', ')}.`] : []),
    ...(removed.length > 0 ? [`Removed: ${removed.join(', ')}.`] : []),
  ];
  return [beyond, change, ...names].join(' ');
}

function sides(from: ComparedSide, to: ComparedSide): Markup {
  const rows: (keyof ComparedSide)[] = ['asof', 'days', 'names', 'certificate', 'headline', 'sentence', 'id'];
  return table(
    ['', from.version, to.version],
    rows.map((key) => [key, String(from[key]), String(to[key])]),
    () => false,
  );
}

/** A cost with its interval. */
export const withRange = (cost: Interval): string => {
  const bounds = range(cost);
  return `${shown(cost.value, 3)}${bounds === '' ? '' : ` (${bounds})`}`;
};

/** Relative change as people say it. */
export const changeText = (from: number, to: number): string =>
  from > 0 ? `${to >= from ? '+' : '−'}${shown(Math.abs(100 * (to / from - 1)), 3)} %` : '–';

function baskets({ baskets: all }: VersionComparison, { move }: UnitWords): Markup {
  if (all.length === 0) return html`<p>The versions have no basket in common.</p>`;
  const rows = all.map(({ basket, seconds, from, to }) => [
    basket,
    orderTimeText(seconds),
    withRange(from),
    withRange(to),
    changeText(from.value, to.value),
  ]);
  return table(['one million of', 'over', `was, ${move}`, `is, ${move}`, 'change'], rows);
}

function links({ links: { largest } }: VersionComparison, { perMillion }: UnitWords): Markup {
  if (largest.length === 0) return html`<p>None.</p>`;
  const rows = largest.map(({ row, column, from, to, error }) => [
    row === column ? row : `${row} ↔ ${column}`,
    shown(from, 4),
    shown(to, 4),
    shown(error, 3),
    shown((to - from) / error, 3),
  ]);
  return table(['entry', `was, ${perMillion}`, `is, ${perMillion}`, 'error of both', 'change in errors'], rows);
}

const NONE = html`<p>None.</p>`;

function gates({ gates: all }: VersionComparison): Markup {
  if (all.length === 0) return NONE;
  const rows = all.map(({ gate, verdict, value }) => [
    gate,
    verdict.from ?? '–',
    verdict.to,
    shown(value.from),
    shown(value.to),
  ]);
  return table(['gate', 'was', 'is', 'value was', 'value is'], rows);
}

function settings({ settings: all }: VersionComparison): Markup {
  if (all.length === 0) return NONE;
  const rows = all.map(({ setting, from, to }) => [setting, from ?? '–', to ?? '–']);
  return table(['setting', 'was', 'is'], rows, () => false);
}

function inputs({ inputs: all }: VersionComparison): Markup {
  if (all.length === 0) return NONE;
  const days = (list: readonly string[]) => list.map((day) => (day === '' ? 'the file' : day)).join(', ');
  const rows = all.map(({ dataset, removed, added, changed }) => [dataset, days(removed), days(added), days(changed)]);
  return tableIfAny(['dataset', 'no longer', 'new', 'other bytes'], rows);
}
