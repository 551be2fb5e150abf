import type { Interval } from '../model/interval.js';
import {
  BEYOND_REPLAY,
  type ReplayComparison,
  type ReplayedAgainst,
  type ReplayedBaskets,
  type ScheduleReplay,
  type ScheduleReplayOutcome,
  wasReplayed,
} from '../model/scheduleReplay.js';
import type { UnitWords } from '../model/units.js';
import { percent, range, shown } from './html.js';

/** The replay of schedules in words and rows, for every form of the report and for the terminal. */

const AGAINST: Readonly<Record<ReplayedAgainst, string>> = {
  executed: 'what was executed',
  vwap: 'VWAP',
  diagonal: 'the optimum without links',
};

export const REPLAY_HEADERS = [
  'against',
  'verdict',
  'held-out raw',
  'names alone',
  'Kyle',
  'own fit',
  'timing',
  'risk',
  'baskets needed',
];

export function replayCells({ against, verdict, saving, promised, timing, risk, needed }: ReplayComparison): string[] {
  return [
    AGAINST[against],
    verdict,
    ...[saving.raw, saving.diagonal, saving.kyle].map(bounded),
    shown(promised, 3),
    timing ? bounded(timing) : '–',
    `${shown(risk, 3)}×`,
    needed === undefined ? '–' : String(needed),
  ];
}

function bounded(estimate: Interval): string {
  const bounds = range(estimate);
  return bounds === '' ? shown(estimate.value, 3) : `${shown(estimate.value, 3)} (${bounds})`;
}

/** What was done, and what it is worth. */
export function replaySentences(outcome: ScheduleReplayOutcome, { ofTurnover }: UnitWords): string[] {
  if (!wasReplayed(outcome)) return [`Not applicable: ${outcome.notApplicable}.`, ...countsLine(outcome.baskets)];
  const { baskets, days, millions, comparisons, groups } = outcome;
  return [
    `${baskets.replayed} baskets of ${days} days (${shown(millions, 3)} millions) were worked anew by a model of the other half of the days, and judged by prices of their own half. Savings in ${ofTurnover}, 90 % intervals by leaving out ${groups} groups of days in turn: each bound holds 95 %. VWAP follows the volume of the day, as nobody could.`,
    ...comparisons.map(conclusion),
    ...slopeLine(outcome),
    ...timingLine(comparisons),
    ...countsLine(baskets),
    `${BEYOND_REPLAY}.`,
  ];
}

function conclusion({ against, verdict, reasons, share }: ReplayComparison): string {
  const of = share === undefined ? '' : ` (${percent(share, 1)} of its impact cost)`;
  return verdict === 'established'
    ? `Cross-aware scheduling would have paid against ${AGAINST[against]}${of}.`
    : `Against ${AGAINST[against]} it is not established: ${reasons.join('; ')}.`;
}

function slopeLine({ slope }: ScheduleReplay): string[] {
  if (!slope) return [];
  return [
    `Realised shortfall rises by ${shown(slope.value, 3)} for one of predicted cross cost (95 % interval ${range(slope)}): 1 where links are what the model says, 0 where there are none.`,
  ];
}

function timingLine(comparisons: readonly ReplayComparison[]): string[] {
  const flagged = comparisons.filter(({ isTimed }) => isTimed).map(({ against }) => AGAINST[against]);
  return flagged.length === 0
    ? []
    : [
        `Timing against ${flagged.join(', ')} is not zero: prices moved with the schedule for another reason than its impact. It is alpha, or a leak, and no part of the saving.`,
      ];
}

const SET_ASIDE: readonly (readonly [keyof ReplayedBaskets, string])[] = [
  ['oneName', 'of one name'],
  ['unfilled', 'without a fill'],
  ['halted', 'with a halt'],
  ['acrossSessions', 'across sessions'],
  ['twoSided', 'that buy and sell a name'],
  ['tooShort', 'of fewer than two buckets'],
];

function countsLine(baskets: ReplayedBaskets | undefined): string[] {
  if (!baskets) return [];
  const aside = SET_ASIDE.filter(([field]) => baskets[field] > 0).map(([field, words]) => `${baskets[field]} ${words}`);
  return aside.length === 0 ? [] : [`Of ${baskets.found} baskets, set aside: ${aside.join(', ')}.`];
}
