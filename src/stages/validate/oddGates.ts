import type { Gate } from '../../model/gate.js';
import { ODD_GATES, type OddGate, type OddImpact } from '../../model/oddImpact.js';

/** Findings that a message shows. */
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
  const said = odd.slice(0, LISTED).map(inWords).join('; ');
  const more = odd.length > LISTED ? `; and ${odd.length - LISTED} more` : '';
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

function inWords({ symbol, where, kind, ratio }: OddImpact): string {
  const times = `${Number(ratio.toPrecision(2))} times`;
  if (kind === 'day') return `${symbol} on ${where}, ${times} that of other days`;
  if (kind === 'venue') return `${symbol} at venue ${where}, ${times} that of other venues`;
  return ratio === 0
    ? `${symbol} does not move at all on ${where}`
    : `moves of the names with ${symbol} are on ${where} ${times} what they are on other days`;
}
