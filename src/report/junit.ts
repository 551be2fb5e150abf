import { type Gate, isFailing } from '../model/gate.js';
import { printable } from '../model/plainText.js';
import { escapeText } from './html.js';

/** XML has no place for control characters. */
const textOf = (text: string): string => escapeText(printable(text));

/** Gates as a JUnit document: one test case per gate, skipped where not applicable. */
export function junitXml(suite: string, gates: readonly Gate[]): string {
  const cases = gates.map((gate) => {
    const detail = textOf(`${gate.reason}: value ${gate.value ?? 'none'}, bound ${gate.bound ?? 'none'}`);
    const failure = isFailing(gate) ? `<failure message="${detail}"/>` : '';
    const body = gate.verdict === 'not applicable' ? `<skipped message="${detail}"/>` : failure;
    return `<testcase classname="gates" name="${textOf(gate.name)}">${body}</testcase>`;
  });
  const failures = gates.filter(isFailing).length;
  const skipped = gates.filter((gate) => gate.verdict === 'not applicable').length;
  const counts = `tests="${gates.length}" failures="${failures}" skipped="${skipped}"`;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${textOf(suite)}" ${counts}>`,
    ...cases,
    '</testsuite>',
  ];
  return `${lines.join('\n')}\n`;
}
