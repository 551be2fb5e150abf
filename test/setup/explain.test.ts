import { describe, expect, it } from 'vitest';
import { EXIT, EXIT_BUG } from '../../src/cli/process/exitCodes.js';
import { type Certificate, certify } from '../../src/model/certificate.js';
import { FAILURE_MODES } from '../../src/model/diagnosis.js';
import { XimError } from '../../src/model/failure.js';
import { GUARDRAILS, LEVELS } from '../../src/model/guardrails.js';
import { ODD_GATES } from '../../src/model/oddImpact.js';
import { REPLAY_VERDICTS } from '../../src/model/scheduleReplay.js';
import { CROSS_IMPACT } from '../../src/model/verdict.js';
import { EXPLANATIONS, explain } from '../../src/run/setup/explain.js';
import { QUARANTINE_REASONS } from '../../src/stages/align/quarantine.js';
import { ISSUES } from '../../src/stages/scorecard/issues.js';
import { inapplicableGates } from '../../src/stages/scorecard/promotionGates.js';
import { type Evidence, judge } from '../../src/stages/validate/gates.js';
import { xim, ximJson } from '../support/cli.js';
import { failure } from '../support/failure.js';

const nothing: Evidence = {
  certificate: { status: 'passed', checks: [] } as Certificate,
  outOfSample: { verdict: 'not applicable', reason: '' },
  guardrails: { basketNorm: 0, spectrum: [] },
  diagnoses: [],
};
const rules = {
  conditionCap: 1,
  crossShareCap: 1,
  basketCap: 1,
  identification: 'freeze',
  crossGainMargin: 0,
  accepted: {},
} as const;

/** Every word of the program that a reader may meet, from where it is defined. */
const WORDS: readonly (readonly [kind: string, words: readonly string[]])[] = [
  ['gate', [...[...judge(nothing, rules), ...inapplicableGates('')].map(({ name }) => name), 'levels', ...ODD_GATES]],
  ['diagnostic', FAILURE_MODES],
  ['guardrail', GUARDRAILS],
  ['level', LEVELS],
  ['quarantine reason', QUARANTINE_REASONS],
  ['issue of orders', Object.keys(ISSUES)],
  ['verdict of links', CROSS_IMPACT],
  ['verdict of a replay', REPLAY_VERDICTS],
  ['verdict of gates', ['passed', 'failed', 'not applicable', 'not enough data']],
  ['verdict of diagnostics', ['green', 'amber', 'red']],
  ['exit code', ['0', '1', '2', '3', '4', '10', '11', '12', '13', '70', '74', '130', '143']],
];

describe('explain', () => {
  it.each(WORDS)('has a paragraph for every %s, and for nothing that is none', (kind, words) => {
    const explained = EXPLANATIONS.filter((entry) => entry.kind === kind);
    expect(explained.map(({ word }) => word).sort()).toEqual([...words].sort());
    for (const { text } of explained) expect(text.length).toBeGreaterThan(15);
  });

  it('has a paragraph for every check of a certificate', () => {
    const of = (diagonal: number, parts: boolean) => {
      const K = { rows: 1, cols: 1, data: Float64Array.of(diagonal) };
      const shared = { K, concavity: 1, floors: Float64Array.of(0.1), rho: 0.9, conditionCap: 10 };
      const shape = { decay: Float64Array.of(0.5), weights: Float64Array.of(1) };
      return certify({ ...shared, ...shape, ...(parts ? { parts: [K] } : {}) }).checks.map(({ name }) => name);
    };
    const names = new Set([...of(1, false), ...of(1, true), ...of(-1, false)]);
    expect(names.size).toBeGreaterThan(12);
    for (const name of names) expect(explain(name).map(({ kind }) => kind)).toContain('check of the certificate');
  });

  it('knows every code that the program ends with', () => {
    for (const code of [...Object.values(EXIT), EXIT_BUG])
      expect(explain(String(code))).toMatchObject([{ kind: 'exit code' }]);
  });

  it('takes a word however it is written', () => {
    for (const asked of ['bad_tick', 'bad tick', 'BadTick', 'bad-tick', 'BAD TICK'])
      expect(explain(asked)).toMatchObject([{ word: 'bad_tick', kind: 'quarantine reason' }]);
    expect(explain('exit 11')).toMatchObject([{ word: '11' }]);
    expect(explain('completion:fast arm')).toMatchObject([{ word: 'completion', kind: 'gate' }]);
  });

  it('says the remedy of a diagnostic, and what a guardrail falls back to', () => {
    expect(explain('crowding')[0].text).toMatch(/Remedy: condition the scale of impact on same-side market flow/);
    expect(explain('aggressive tails')[0].text).toMatch(/Remedy: impact that is concave after its decay/);
    for (const word of ['concave term', 'secant', 'liquidity scaling', 'reference depth', 'mode', 'family'])
      expect(explain(word)).toMatchObject([{ kind: 'word' }]);
    expect(explain('dataLag')[0].text).toMatch(/“diagonal” at most/);
  });

  it('names the nearest word where it knows none', () => {
    const nearestTo = (asked: string) => failure(() => explain(asked)).hint;
    expect(nearestTo('identifcation')).toMatch(/"identification"/);
    expect(nearestTo('gain')).toMatch(/"oos_cross_gain"/);
    expect(nearestTo('')).toMatch(/xim explain/);
    expect(() => explain('\u0000')).toThrow(XimError);
  });

  it('works on the command line, whatever the configuration says', () => {
    const shown = xim(['explain', 'not', 'enough', 'data', '--config', '/nowhere.yaml']);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^not enough data \(verdict of gates\)\n {2}The gate could not be judged/);
    for (const line of shown.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    const all = xim(['explain']).stdout;
    for (const [, words] of WORDS) for (const word of words) expect(all).toContain(word.split(' ')[0]);
    const { code, document } = ximJson(['explain', 'lokced']);
    expect([code, document.error.kind]).toEqual([2, 'usage']);
    expect(document.error.hint).toMatch(/"locked"/);
    expect(ximJson(['explain', '3']).document.explanations[0].kind).toBe('exit code');
  });
});
