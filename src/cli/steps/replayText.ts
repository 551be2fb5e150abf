import { type ScheduleReplayOutcome, wasReplayed } from '../../model/scheduleReplay.js';
import type { UnitWords } from '../../model/units.js';
import { REPLAY_HEADERS, replayCells, replaySentences } from '../../report/replayWords.js';
import { textTable } from '../text.js';

/** Would cross-aware scheduling have paid? Nothing of versions that do not say. */
export function replayLines(outcome: ScheduleReplayOutcome | undefined, units: UnitWords): string[] {
  if (!outcome) return [];
  const [first, ...rest] = replaySentences(outcome, units);
  const lead = `schedules replayed: ${first}`;
  if (!wasReplayed(outcome)) return [lead, ...rest];
  return [lead, textTable(REPLAY_HEADERS, outcome.comparisons.map(replayCells)), ...rest];
}
