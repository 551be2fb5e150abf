import type { Name } from '../../model/buckets.js';
import { configError } from '../../model/failure.js';
import type { LinkRestrictions } from '../../stages/fit/penalised.js';

type SymbolPair = readonly [string, string];

/** `fit.links` by index. @throws config error for a name that is not in the universe, or a link that is given twice. */
export function linkRestrictions(
  { zero, equal }: { zero: readonly SymbolPair[]; equal: readonly (readonly SymbolPair[])[] },
  names: readonly Name[],
): LinkRestrictions {
  const position = new Map(names.map((name, i) => [name.symbol, i]));
  const seen = new Set<string>();
  const pair = (key: string, [a, b]: SymbolPair): [number, number] => {
    for (const symbol of [a, b])
      if (!position.has(symbol))
        throw configError(
          `fit.links.${key}: "${symbol}" is not in the universe`,
          'correct the symbol, or drop the link',
        );
    const [i, j] = [position.get(a)!, position.get(b)!];
    if (i === j)
      throw configError(
        `fit.links.${key}: [${a}, ${b}] is a name's self impact`,
        'only links between names can be fixed',
      );
    const id = `${Math.min(i, j)},${Math.max(i, j)}`;
    if (seen.has(id))
      throw configError(
        `fit.links: the link of ${a} and ${b} is given twice`,
        'name it once, under zero or under equal',
      );
    seen.add(id);
    return [i, j];
  };
  return {
    zero: zero.map((link) => pair('zero', link)),
    equal: equal.map((group) => group.map((link) => pair('equal', link))),
  };
}

/** @throws config error for a canary that is not in the universe: with no canary among the names every link would be off. */
export function refuseUnknownCanaries(canaries: readonly string[], names: readonly Name[]): void {
  const known = new Set(names.map(({ symbol }) => symbol));
  const stranger = canaries.find((symbol) => !known.has(symbol));
  if (stranger !== undefined)
    throw configError(
      `guardrails.canary: "${stranger}" is not in the universe`,
      'correct the symbol, or drop it from the list',
    );
}
