import type { ConcaveMode } from '../../model/concave.js';
import { hypot } from '../../numerics/elementary/elementary.js';
import type { AlignContext } from './alignKey.js';
import { type ConcaveShape, halfPower, type TypicalFlow } from './typicalFlow.js';

/** With more names than this, names are not combined in pairs, or not at all. */
export const MOST_PAIRED = 8;
export const MOST_COMBINED = 32;

/**
 * Modes in which links may be concave (MODEL §2a): the market, blocks of several names, and with few names every pair, both
 * alike and against one another. Names enter by the root of their self impact, as links are in proportion to it, and every mode
 * bends where typical flow of its names does; both roughly, in the unit of a day's moments, so that these serve many nights.
 * @param sizes N: self impact, bps per million
 */
export function concaveModes(
  { names }: AlignContext,
  sizes: Float64Array,
  { typical, factor }: TypicalFlow,
  { scale }: ConcaveShape,
): Omit<ConcaveMode, 'weights'>[] {
  const root = sizes.map((size, i) => halfPower(Math.sqrt(Math.max(0, size)) * factor[i]) / factor[i]);
  const mode = (label: string, sign: (i: number) => number): Omit<ConcaveMode, 'weights'> => {
    const direction = root.map((q, i) => q * sign(i));
    const size = hypot(...direction.map((q, i) => q * typical[i]));
    return { label, direction, scale: halfPower(scale * size) };
  };
  const blocks = [...new Set(names.map(({ block }) => block))].map((block) => ({
    block,
    members: names.flatMap((name, i) => (name.block === block ? [i] : [])),
  }));
  const pairs = names.length > MOST_PAIRED ? [] : pairsOf(names.length);
  return [
    mode('market', () => 1),
    ...blocks
      .filter(({ members }) => members.length > 1 && members.length < names.length)
      .map(({ block, members }) => mode(`block ${block}`, (i) => (members.includes(i) ? 1 : 0))),
    ...pairs.flatMap(([a, b]) =>
      [1, -1].map((side) =>
        mode(`${names[a].symbol}${side > 0 ? '+' : '−'}${names[b].symbol}`, (i) => (i === a ? 1 : i === b ? side : 0)),
      ),
    ),
  ].filter(({ direction, scale: bend }) => bend > 0 && direction.filter((q) => q !== 0).length > 1);
}

const pairsOf = (count: number): [number, number][] =>
  Array.from({ length: count }, (_, a) => a).flatMap((a) =>
    Array.from({ length: count - a - 1 }, (_, k): [number, number] => [a, a + 1 + k]),
  );
