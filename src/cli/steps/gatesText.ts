import { type Gate, gatesPass, isFailing } from '../../model/gate.js';
import { printable } from '../../model/plainText.js';
import { fixed, textTable } from '../text.js';

export const gateTable = (gates: readonly Gate[]): string =>
  textTable(
    ['gate', 'verdict', 'value', 'bound'],
    gates.map((gate) => [gate.name, gate.verdict, fixed(gate.value), fixed(gate.bound)]),
  );

/** Why gates did not pass or were not judged, one line for those that share a reason; what stops a promotion first. */
export function gateReasons(gates: readonly Gate[]): string[] {
  const open = gates.filter(({ verdict }) => verdict !== 'passed');
  const lines = new Map<string, string[]>();
  for (const { name, verdict, reason } of [...open.filter(isFailing), ...open.filter((gate) => !isFailing(gate))]) {
    const why = `${verdict}: ${reason}`;
    lines.set(why, [...(lines.get(why) ?? []), name]);
  }
  return [...lines].map(([why, names]) => `${names.join(', ')}: ${printable(why)}`);
}

/** One line. A gate without data stops a promotion too, and is called what it is. */
export function gateLine(gates: readonly Gate[]): string {
  if (gatesPass(gates)) return 'all gates pass';
  const named = (verdict: Gate['verdict']) => gates.filter((gate) => gate.verdict === verdict).map(({ name }) => name);
  const [failed, unjudged] = [named('failed'), named('not enough data')];
  const count = (names: readonly string[]) => `${names.length} ${names.length === 1 ? 'gate' : 'gates'}`;
  return [
    ...(failed.length > 0 ? [`${count(failed)} failed: ${failed.join(', ')}`] : []),
    ...(unjudged.length > 0 ? [`not enough data for ${count(unjudged)}: ${unjudged.join(', ')}`] : []),
  ].join('; ');
}

const SHOWN_NOTES = 3;

/** The first notes, and how many more there are and where. */
export function noteLines(notes: readonly string[], shown = SHOWN_NOTES): string[] {
  const lines = notes.slice(0, shown).map((note) => `note: ${printable(note)}`);
  const more = notes.length - lines.length;
  return more > 0
    ? [...lines, `and ${more} more ${more === 1 ? 'note' : 'notes'}: in the report, and with --json`]
    : lines;
}
