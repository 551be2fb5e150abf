import type { DocumentCost, ScheduleDocument } from '../../model/scheduleDocument.js';
import { unitWords } from '../../model/units.js';
import { fixed, textTable } from '../text.js';

/** Names and rows that a terminal shows; files have all. */
const SHOWN_NAMES = 12;
const SHOWN_PAIRS = 5;

/** A schedule for people: what is traded when, what it costs and why, who hurts whom. */
export function scheduleText(document: ScheduleDocument): string {
  const { version, date, rows, policy, gross, net, names, settings, notes } = document;
  const { move } = unitWords(document.units);
  return [
    `${names.length} names, ${money(gross)} gross, ${money(net)} net; ${date} ${rows[0].start}–${rows[rows.length - 1].end} ${document.timezone}, ${rows.length} buckets of ${spell(document.bucketSeconds)}; by ${version.folder}`,
    `${policy.name}: ${policy.reason}; ${statusWords(document)}; λ = ${settings.aversion.toPrecision(3)} (${settings.urgency === 'given' ? `medium would be ${settings.typicalAversion.toPrecision(3)}` : `${settings.urgency} urgency`}), cap ${settings.cap === 'none' ? 'none' : `${100 * settings.cap} % of volume`}`,
    '',
    ...costLines(document.cost, move),
    '',
    namesTable(document, move),
    ...(names.length > SHOWN_NAMES ? [`… ${names.length - SHOWN_NAMES} names more: --json or --out has all`] : []),
    ...comparisonLines(document, move),
    ...frontierLines(document, move),
    ...pairLines(document, move),
    ...replanLines(document, move),
    ...notes.map((note) => `note: ${note}`),
  ].join('\n');
}

const money = (millions: number): string => `${Number(millions.toPrecision(4))} m`;

function spell(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

function statusWords({ policy }: ScheduleDocument): string {
  if (policy.gap === null) return 'no optimum, a rule';
  if (policy.status === 'optimal') return `within ${policy.gap.toExponential(0)} of its optimum`;
  return `stopped ${policy.gap.toExponential(1)} above its optimum at most`;
}

/** Parts that are zero are not said. */
function costLines(cost: DocumentCost, move: string): string[] {
  const parts = (['spread', 'temporary', 'self', 'cross', 'earlier', 'alpha'] as const)
    .filter((part) => Math.abs(cost[part]) > 5e-4)
    .map((part) => `${part === 'earlier' ? 'earlier trades' : part} ${fixed(cost[part], 2)}`);
  return [
    `expected ${fixed(cost.expected, 2)} ${move} = ${parts.join(' + ') || '0'}; in money ${Math.round(cost.expectedMoney).toLocaleString('en-US')}`,
    `risk ±${fixed(cost.deviation, 1)} ${move} while it is worked; 95 % of the time below ${fixed(cost.q95, 1)}`,
  ];
}

/** The whole basket in a handful of columns: how much is done by a quarter, half and three quarters of the horizon. */
function namesTable({ names, schedule, rows }: ScheduleDocument, move: string): string {
  const T = rows.length;
  const marks = T < 4 ? [] : [0.25, 0.5, 0.75].map((share) => Math.round(share * T));
  const shown = [...names.keys()].sort((a, b) => Math.abs(names[b].millions) - Math.abs(names[a].millions));
  return textTable(
    [
      'name',
      'block',
      'millions',
      '% volume',
      ...marks.map((t) => `done ${rows[t - 1].end}`),
      `costs ${move}`,
      `next million ${move}`,
    ],
    shown.slice(0, SHOWN_NAMES).map((i) => {
      const { symbol, block, millions, participation, costBps, nextMillionBps } = names[i];
      const done = (t: number) => schedule[i].slice(0, t).reduce((sum, u) => sum + u, 0) / millions;
      return [
        symbol,
        block,
        fixed(millions, 2),
        fixed(100 * participation, 2),
        ...marks.map((t) => `${Math.round(100 * done(t))} %`),
        fixed(costBps, 2),
        fixed(nextMillionBps, 2),
      ];
    }),
  );
}

function comparisonLines({ comparison }: ScheduleDocument, move: string): string[] {
  if (!comparison) return [];
  const rows = comparison.map(({ policy, cost, believedBps, wasteAtEqualRiskBps, regretWithoutLinksBps }) => [
    policy,
    fixed(cost.expected, 2),
    fixed(cost.spread + cost.temporary, 2),
    fixed(cost.self, 2),
    fixed(cost.cross, 2),
    fixed(cost.deviation, 1),
    fixed(cost.q95, 1),
    fixed(believedBps, 2),
    fixed(wasteAtEqualRiskBps, 3),
    fixed(regretWithoutLinksBps, 3),
  ]);
  const headers = [
    'policy',
    `expected ${move}`,
    'spread+temp.',
    'self',
    'cross',
    'risk ±',
    'q95',
    'it thinks',
    'waste at equal risk',
    'regret if no links',
  ];
  return ['', textTable(headers, rows)];
}

function frontierLines({ frontier }: ScheduleDocument, move: string): string[] {
  if (!frontier) return [];
  const rows = frontier.map(({ aversion, expected, deviation, doneBy }) => [
    aversion === 0 ? '0' : aversion.toPrecision(3),
    fixed(expected, 2),
    fixed(deviation, 1),
    doneBy,
  ]);
  return ['', textTable(['λ', `expected ${move}`, 'risk ±', '95 % done by'], rows)];
}

function pairLines({ pairs }: ScheduleDocument, move: string): string[] {
  if (pairs.length === 0) return [];
  const rows = pairs
    .slice(0, SHOWN_PAIRS)
    .map(({ from, to, costBps, ofItsOwnBps }) => [from, to, fixed(costBps, 3), fixed(ofItsOwnBps, 2)]);
  return ['', textTable(['trading', 'costs', `${move} of the basket`, `${move} of it`], rows)];
}

function replanLines({ replan }: ScheduleDocument, move: string): string[] {
  if (!replan) return [];
  if (!replan.fits) return ['', 'the rest of the plan no longer fits what is left to do and its caps: planned anew'];
  const saving = `${fixed(replan.savingBps, 3)} ${move}`;
  return [
    '',
    replan.isKept
      ? `the plan is kept: a new one would save ${saving}, within the band of ${100 * replan.band} %`
      : `planned anew: it saves ${saving}, beyond the band of ${100 * replan.band} %`,
  ];
}
