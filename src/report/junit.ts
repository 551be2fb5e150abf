import { isFailing } from '../model/gate.js';
import { escapeText } from './html.js';

interface JunitGate {
  readonly name: string;
  readonly verdict: string;
  readonly value?: number;
  readonly bound?: number;
  readonly reason: string;
}

/** Gates as a JUnit document: one test case per gate, skipped where not applicable. */
export function junitXml(suite: string, gates: readonly JunitGate[]): string {
  const cases = gates.map((gate) => {
    const detail = escapeText(`${gate.reason}: value ${gate.value ?? 'none'}, bound ${gate.bound ?? 'none'}`);
    const failure = isFailing(gate) ? `<failure message="${detail}"/>` : '';
    const body = gate.verdict === 'not applicable' ? `<skipped message="${detail}"/>` : failure;
    return `<testcase classname="gates" name="${escapeText(gate.name)}">${body}</testcase>`;
  });
  const failures = gates.filter(isFailing).length;
  const skipped = gates.filter((gate) => gate.verdict === 'not applicable').length;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="${escapeText(suite)}" tests="${gates.length}" failures="${failures}" skipped="${skipped}">\n${cases.join('\n')}\n</testsuite>\n`;
}
