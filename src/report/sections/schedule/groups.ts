import type { ScheduleDocument } from '../../../model/scheduleDocument.js';
import { bySize, label } from './words.js';

/** Names that are drawn as one: a name, a block, or what is left beside the largest. */
export interface Group {
  readonly label: string;
  /** Class that gives its colour. */
  readonly colour: string;
  /** Indices of names. */
  readonly members: readonly number[];
}

/** Colours that a reader tells apart. */
const COLOURS = 8;

/** Every name where there are few, else blocks, the largest first; names again where there is one block. */
export function groupsOf({ names }: Pick<ScheduleDocument, 'names'>, most = COLOURS): Group[] {
  const order = bySize(names);
  const blocks = new Map<string, number[]>();
  for (const i of order) blocks.set(names[i].block, [...(blocks.get(names[i].block) ?? []), i]);
  const isByName = names.length <= most || blocks.size === 1;
  const all: [string, number[]][] = isByName
    ? [...blocks.values()].flat().map((i) => [names[i].symbol, [i]])
    : [...blocks].sort(([, a], [, b]) => grossOf(names, b) - grossOf(names, a));
  const kept = all.length <= most ? all : all.slice(0, most - 1);
  const groups = kept.map(([text, members], k) => ({ label: label(text, 24), colour: `g${k % COLOURS}`, members }));
  const rest = all.slice(kept.length);
  if (rest.length === 0) return groups;
  const members = rest.flatMap(([, those]) => those);
  const words = `${rest.length} other ${isByName ? 'names' : 'blocks'}`;
  return [...groups, { label: words, colour: `g${COLOURS - 1}`, members }];
}

export const areNames = (groups: readonly Group[]): boolean => groups.every(({ members }) => members.length === 1);

const grossOf = (names: ScheduleDocument['names'], members: readonly number[]): number =>
  members.reduce((total, i) => total + Math.abs(names[i].millions), 0);
