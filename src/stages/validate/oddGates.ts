import type { Gate } from '../../model/gate.js';
import { ODD_GATES, type OddGate, type OddImpact } from '../../model/oddImpact.js';

/** Names, or factors, that a message shows. */
const LISTED = 3;

const SAID: Readonly<Record<OddGate, { readonly of: string; readonly remedy: string }>> = {
  own_impact: {
    of: 'the impact of own flow is another than elsewhere',
    remedy: 'look for sides the wrong way round, other units, clocks or symbols there; mend the feed',
  },
  factor_days: {
    of: 'a factor is not what it is on other days',
    remedy: 'what it explains there passes for impact; mend the factors',
  },
};

/** No gate where nothing is odd. @param accepted why what is odd is right, by the configuration */
export const oddGates = (odd: readonly OddImpact[], accepted: Readonly<Partial<Record<string, string>>>): Gate[] =>
  ODD_GATES.flatMap((name) =>
    oddGate(
      name,
      odd.filter(({ kind }) => (kind === 'factor') === (name === 'factor_days')),
      accepted[name],
    ),
  );

function oddGate(name: OddGate, odd: readonly OddImpact[], accepted: string | undefined): Gate[] {
  if (odd.length === 0) return [];
  const found = gathered(odd);
  const said = found.slice(0, LISTED).map(inWords).join('; ');
  const more = found.length > LISTED ? `; and ${found.length - LISTED} more` : '';
  const { of, remedy } = SAID[name];
  const end =
    accepted === undefined
      ? `${remedy}, or accept what is right in validate.gates.accept.${name}`
      : `accepted: ${accepted}`;
  return [
    {
      name,
      verdict: accepted === undefined ? 'failed' : 'passed',
      value: odd.length,
      bound: 0,
      reason: `${of}: ${said}${more}; ${end}`,
    },
  ];
}

/** What is odd of one name in one way, its places in their order. */
function gathered(odd: readonly OddImpact[]): OddImpact[][] {
  const groups = new Map<string, OddImpact[]>();
  for (const each of odd) {
    const key = JSON.stringify([each.symbol, each.kind, each.ratio === 0]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()];
}

function inWords(group: readonly OddImpact[]): string {
  const [{ symbol, kind, ratio }] = group;
  const places = group.map(({ where }) => where).join(', ');
  const times = `${group.map((each) => Number(each.ratio.toPrecision(2))).join(', ')} times`;
  if (kind === 'day') return `${symbol} on ${places}, ${times} that of other days`;
  if (kind === 'venue') return `${symbol} at venue ${places}, ${times} that of other venues`;
  return ratio === 0
    ? `${symbol} does not move at all on ${places}`
    : `moves of the names with ${symbol} are on ${places} ${times} what they are on other days`;
}
