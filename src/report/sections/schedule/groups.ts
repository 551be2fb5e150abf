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

/** In the order they are given; the first are the easiest to tell apart. */
const COLOURS = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11].map((k) => `g${k}`);
const REST = 'g7';
/** Names that are stacked one by one; more are stacked as blocks. */
const MOST_NAMES = 8;

/** Every name, block by block, where there are few, else blocks; names again where there is one block. The largest first. */
export function groupsOf({ names }: Pick<ScheduleDocument, 'names'>, mostNames = MOST_NAMES): Group[] {
  const order = bySize(names);
  const blocks = new Map<string, number[]>();
  for (const i of order) blocks.set(names[i].block, [...(blocks.get(names[i].block) ?? []), i]);
  const isByName = names.length <= mostNames || blocks.size === 1;
  const ordered = [...blocks].sort(([, a], [, b]) => grossOf(names, b) - grossOf(names, a));
  const all: [string, number[]][] = isByName
    ? ordered.flatMap(([, members]) => members).map((i) => [names[i].symbol, [i]])
    : ordered;
  const kept = all.slice(0, COLOURS.length);
  const groups = kept.map(([text, members], k) => ({ label: label(text, 24), colour: COLOURS[k], members }));
  const rest = all.slice(kept.length);
  if (rest.length === 0) return groups;
  const members = rest.flatMap(([, those]) => those);
  const words = `${rest.length} other ${isByName ? 'names' : 'blocks'}`;
  return [...groups, { label: words, colour: REST, members }];
}

export const areNames = (groups: readonly Group[]): boolean => groups.every(({ members }) => members.length === 1);

const grossOf = (names: ScheduleDocument['names'], members: readonly number[]): number =>
  members.reduce((total, i) => total + Math.abs(names[i].millions), 0);
