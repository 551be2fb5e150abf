import { describe, expect, it } from 'vitest';
import { gateLine, gateReasons, noteLines } from '../../src/cli/steps/gatesText.js';
import type { Gate } from '../../src/model/gate.js';

const gate = (name: string, verdict: Gate['verdict'], reason = 'why'): Gate => ({ name, verdict, reason });

describe('what the terminal says of gates', () => {
  it('gives the reason of every gate that did not pass, what stops a promotion first, a shared reason once', () => {
    expect(
      gateReasons([
        gate('a', 'passed', 'fine'),
        gate('b', 'not applicable', 'no arms'),
        gate('c', 'not enough data', 'one fold'),
        gate('d', 'failed', 'too large'),
        gate('e', 'not applicable', 'no arms'),
      ]),
    ).toEqual(['c: not enough data: one fold', 'd: failed: too large', 'b, e: not applicable: no arms']);
    expect(gateReasons([gate('a', 'passed')])).toEqual([]);
  });

  it('tells gates that failed from gates that lack data', () => {
    expect(gateLine([gate('a', 'passed'), gate('b', 'not applicable')])).toBe('all gates pass');
    expect(gateLine([gate('a', 'failed')])).toBe('1 gate failed: a');
    expect(gateLine([gate('a', 'failed'), gate('b', 'failed'), gate('c', 'not enough data')])).toBe(
      '2 gates failed: a, b; not enough data for 1 gate: c',
    );
    expect(gateLine([gate('c', 'not enough data')])).toBe('not enough data for 1 gate: c');
  });

  it('stays a line of text whatever a name in it is', () => {
    const hostile = 'block A\n\x1b[2Jnote: all is well\u202e';
    for (const line of [...noteLines([hostile]), ...gateReasons([gate('a', 'failed', hostile)])])
      expect(line).toContain('block A\\u000a\\u001b[2Jnote: all is well\\u202e');
  });

  it('says how many notes it does not show', () => {
    const notes = ['a', 'b', 'c', 'd', 'e'];
    expect(noteLines(notes.slice(0, 3))).toEqual(['note: a', 'note: b', 'note: c']);
    expect(noteLines(notes.slice(0, 4)).at(-1)).toBe('and 1 more note: in the report, and with --json');
    expect(noteLines(notes)).toHaveLength(4);
    expect(noteLines(notes).at(-1)).toMatch(/^and 2 more notes/);
    expect(noteLines([])).toEqual([]);
  });
});
