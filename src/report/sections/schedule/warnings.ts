import type { ScheduleDocument } from '../../../model/scheduleDocument.js';
import { counted, label, rowTime, share, sum } from './words.js';

/** Names that a sentence lists. */
const LISTED = 6;

/** What a trader should know before this is sent. */
export function warningsOf(document: ScheduleDocument): string[] {
  return [...certificate(document), ...optimum(document), ...strangers(document), ...unfinished(document)];
}

function certificate({ version }: ScheduleDocument): string[] {
  if (version.certificate === 'passed') return [];
  return [`The certificate of ${version.folder} is ${version.certificate}: its prices may admit round trips that pay.`];
}

function optimum({ policy }: ScheduleDocument): string[] {
  if (policy.gap === null || policy.status === 'optimal') return [];
  return [`The solver stopped before the optimum was proven (${policy.status}).`];
}

function strangers({ names }: ScheduleDocument): string[] {
  const unknown = names.filter(({ isKnown }) => !isKnown).map(({ symbol }) => label(symbol, 24));
  if (unknown.length === 0) return [];
  const whose = `${listed(unknown)} ${unknown.length === 1 ? 'is' : 'are'}`;
  return [`${whose} unknown to this version: priced like a typical name of the volume given, without links.`];
}

/** What is left to be done after the horizon. */
function unfinished(document: ScheduleDocument): string[] {
  const { rows, names, gross } = document;
  const row = rows.findIndex(({ kind }) => kind === 'cleanUp');
  if (row < 0) return [];
  const left = document.schedule.map((amounts) => Math.abs(amounts[row]));
  const total = sum(left);
  if (total === 0) return [];
  const those = names.filter((_, i) => left[i] > 0).map(({ symbol }) => label(symbol, 24));
  return [`${share(total / gross)} of the basket is left ${rowTime(document, row)}: ${listed(those)}.`];
}

const listed = (names: readonly string[]): string =>
  names.length <= LISTED
    ? names.join(', ')
    : `${names.slice(0, LISTED).join(', ')} and ${counted(names.length - LISTED, 'other')}`;
