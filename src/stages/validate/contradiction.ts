import type { Gate } from '../../model/gate.js';

/** An entry of K that a constraint took out of the 95 % interval of its estimate. */
export interface Contradicted {
  /** A symbol, or two with a dash. */
  readonly entry: string;
  /** Whether it is the self impact of a name. */
  readonly isOwn?: boolean;
  readonly constraint: string;
  /** bps per million. */
  readonly low: number;
  readonly high: number;
  readonly published: number;
}

/** What to look at first where prices fall on what was bought. */
export const SIDES_QUESTION = 'are the sides swapped (data.sides)?';

/** A constraint may take noise away, not what was measured (MODEL §4). */
export function contradictionGate(contradicted: readonly Contradicted[] | undefined): Gate {
  const name = 'constraint_moves';
  if (!contradicted) return { name, verdict: 'not applicable', reason: 'no estimate has errors to compare with' };
  const [first] = contradicted;
  const digits = (value: number) => Number(value.toPrecision(3));
  const reversed = contradicted.filter(({ isOwn, high }) => isOwn && high < 0);
  const names = reversed.length > 1 ? ` and ${reversed.length - 1} more` : '';
  const question =
    reversed.length > 0 ? `; the price of ${reversed[0].entry}${names} moves against own flow: ${SIDES_QUESTION}` : '';
  return {
    name,
    verdict: first ? 'failed' : 'passed',
    value: contradicted.length,
    bound: 0,
    reason: first
      ? `${first.constraint} takes ${first.entry} to ${digits(first.published)}, out of its interval ${digits(first.low)} … ${digits(first.high)}${question}`
      : 'no constraint takes an estimate out of its 95 % interval',
  };
}
