import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../src/model/certificate.js';
import { type Diagnosis, FAILURE_MODES } from '../../src/model/diagnosis.js';
import { gatesPass } from '../../src/model/gate.js';
import { type Evidence, type GateRules, judge } from '../../src/stages/validate/gates.js';
import { verdictOf } from '../../src/stages/validate/verdict.js';
import type { OutOfSample } from '../../src/stages/validate/walkForward.js';

const rules: GateRules = {
  conditionCap: 1000,
  crossShareCap: 0.6,
  basketCap: 3,
  identification: 'freeze',
  crossGainMargin: 0.02,
  accepted: {},
};

const scored = (
  fitted: number,
  diagonal: number,
  gain: { value: number; low?: number; high?: number },
): OutOfSample => {
  const of = (pooled: number) => ({ pooled, perName: [pooled] });
  return {
    scores: {
      zero: of(0),
      diagonal: of(diagonal),
      block: of(diagonal),
      ols: of(diagonal),
      kyle: of(diagonal),
      eigenliquidity: of(diagonal),
      fitted: of(fitted),
    },
    steps: [],
    crossGain: gain,
    trainFolds: [],
    testFolds: [],
  };
};

const identification = (isIdentified: boolean) => ({
  robustness: isIdentified ? 0.9 : 0.1,
  selfShare: 0.02,
  commonShare: 0.2,
  firstEigenvalue: 2,
  noiseEdge: 1.1,
  beyondMode: { pValue: 1, share: 0 },
  factorsGiven: false,
  isIdentified,
});

const diagnosis = (mode: Diagnosis['mode'], verdict: Diagnosis['verdict']): Diagnosis => ({
  mode,
  verdict,
  evidence: '',
  remedy: '',
  detail: [],
});

const certificate = { status: 'passed', checks: [] } as unknown as Certificate;
const good: Evidence = {
  certificate,
  outOfSample: scored(0.3, 0.25, { value: 0.05, low: 0.04, high: 0.06 }),
  guardrails: { conditionNumber: 5, crossShare: 0.1, basketNorm: 1, spectrum: [] },
  identification: identification(true),
  decayFit: [{ seconds: 60, published: 0.5, low: 0.4, high: 0.6, outside: 0, uncertainty: 0.2 }],
  diagnoses: FAILURE_MODES.map((mode) => diagnosis(mode, 'green')),
};

const outcome = (evidence: Evidence, own = rules) => {
  const gates = judge(evidence, own);
  return { gates, passes: gatesPass(gates), verdict: verdictOf(gates, evidence, own) };
};

describe('the verdict', () => {
  it('lets a good model through, and says that links are evident', () => {
    const { passes, verdict } = outcome(good);
    expect(passes).toBe(true);
    expect(verdict).toMatchObject({ crossImpact: 'evident', links: 'live', headline: 'All gates pass' });
  });

  it('says first that a model is worse than nothing, whatever its links gain', () => {
    const { passes, verdict } = outcome({
      ...good,
      outOfSample: scored(-0.085, -0.18, { value: 0.0971, low: 0.05, high: 0.14 }),
    });
    expect(passes).toBe(false);
    expect(verdict.crossImpact).toBe('worse than nothing');
    expect(verdict.headline).toMatch(/^The model predicts worse than nothing: out-of-sample R² is -0\.085/);
  });

  it('stops a promotion for a red diagnostic, unless it is accepted by name with a reason', () => {
    const red = { ...good, diagnoses: [diagnosis('placebo leads', 'red'), diagnosis('crowding', 'green')] };
    expect(outcome(red).passes).toBe(false);
    expect(outcome(red).verdict.headline).toContain('diagnostics');
    const accepted = outcome(red, { ...rules, accepted: { 'placebo leads': 'the tape reacts to its own past' } });
    expect(accepted.passes).toBe(true);
    expect(accepted.gates.find(({ name }) => name === 'diagnostics')!.reason).toContain('the tape reacts');
    expect(outcome(red, { ...rules, accepted: { crowding: 'no' } }).passes).toBe(false);
  });

  it('does not take for sound what no diagnostic could judge, nor a price that own flow says nothing of', () => {
    const unjudged = { ...good, diagnoses: FAILURE_MODES.map((mode) => diagnosis(mode, 'not enough data')) };
    expect(outcome(unjudged).passes).toBe(false);
    expect(
      outcome({ ...good, diagnoses: [...unjudged.diagnoses.slice(1), diagnosis('crowding', 'amber')] }).passes,
    ).toBe(true);
    expect(outcome({ ...good, decayFit: [] }).passes).toBe(false);
  });

  it('starts links frozen that a factor could explain, and promotes for self impact; or refuses, as configured', () => {
    const hidden = { ...good, identification: identification(false) };
    expect(outcome(hidden)).toMatchObject({
      passes: true,
      verdict: { crossImpact: 'not distinguishable from an unrecorded factor', links: 'frozen' },
    });
    expect(outcome(hidden).verdict.headline).toContain('frozen');
    expect(outcome(hidden, { ...rules, identification: 'fail' }).passes).toBe(false);
    expect(outcome(hidden, { ...rules, identification: 'report' }).verdict.links).toBe('live');
  });

  it('refuses what self impact may owe to the factor, since freezing the links does not take it away', () => {
    const hidden = { ...identification(false), selfShare: 0.12 };
    const { passes, gates } = outcome({ ...good, identification: hidden });
    expect(passes).toBe(false);
    expect(gates.find(({ name }) => name === 'identification')!.reason).toContain('give the factor');
    // Nor does it help that the links gain nothing that can be seen.
    const unseen = scored(0.3, 0.3, { value: 0.001, low: -0.001, high: 0.003 });
    expect(outcome({ ...good, outOfSample: unseen, identification: hidden }).passes).toBe(false);
    expect(outcome({ ...good, outOfSample: unseen, identification: identification(false) }).passes).toBe(true);
    // A twentieth at once is half of what an order costs whose impact has nearly gone.
    const fleeting = { seconds: 600, published: 0.05, low: 0.04, high: 0.06, outside: 0, uncertainty: 0.1 };
    const slight = { ...identification(false), selfShare: 0.05 };
    expect(outcome({ ...good, identification: slight, decayFit: [fleeting] }).passes).toBe(false);
  });

  it('does not promote a price that the data leave open by more than a quarter', () => {
    const open = { seconds: 600, published: 0.2, low: 0.05, high: 0.5, outside: 0, uncertainty: 0.8 };
    const { passes, gates } = outcome({ ...good, decayFit: [open] });
    expect(passes).toBe(false);
    expect(gates.find(({ name }) => name === 'order_cost')).toMatchObject({ verdict: 'not enough data', value: 0.8 });
    expect(outcome({ ...good, decayFit: [{ ...open, seconds: 3600 }, ...good.decayFit!] }).passes).toBe(true);
    expect(outcome({ ...good, decayFit: [{ ...open, uncertainty: 0.26 }] }).passes).toBe(false);
    expect(outcome({ ...good, decayFit: [{ ...open, uncertainty: 0.25 }] }).passes).toBe(true);
  });

  it('fails links whose lower bound loses more than the margin, though the upper one is above zero', () => {
    const gates = (low: number, high: number) =>
      outcome({ ...good, outOfSample: scored(0.25, 0.25, { value: 0, low, high }) });
    expect(gates(-0.02, 0.03).passes).toBe(false);
    expect(gates(-0.004, 0.004)).toMatchObject({ passes: true, verdict: { crossImpact: 'not evident' } });
  });

  it('stops a promotion where nothing is out of sample, and where a gain has no interval', () => {
    const unscored = outcome({ ...good, outOfSample: { verdict: 'not enough data', reason: 'one fold only' } });
    expect(unscored.passes).toBe(false);
    expect(unscored.verdict.headline).toContain('not enough data for oos_r2, oos_cross_gain');
    expect(outcome({ ...good, outOfSample: scored(0.3, 0.2, { value: 0.1 }) }).passes).toBe(false);
  });

  it('fails a constraint that contradicts what was measured, and names the entry', () => {
    const moved = { entry: 'AAA', constraint: 'symmetry and floors', low: 0.03, high: 0.05, published: 0.2 };
    const { passes, gates } = outcome({ ...good, contradicted: [moved] });
    expect(passes).toBe(false);
    expect(gates.find(({ name }) => name === 'constraint_moves')!.reason).toBe(
      'symmetry and floors takes AAA to 0.2, out of its interval 0.03 … 0.05',
    );
    expect(outcome({ ...good, contradicted: [] }).passes).toBe(true);
  });

  it('fails a decay that prices orders outside of what own flow bears', () => {
    const point = { seconds: 600, published: 0.2, low: 0.05, high: 0.1, outside: 1, uncertainty: 0.2 };
    const { passes, gates } = outcome({ ...good, decayFit: [point] });
    expect(passes).toBe(false);
    expect(gates.find(({ name }) => name === 'decay_fit')).toMatchObject({ verdict: 'failed', value: 1 });
  });
});

const evidence: fc.Arbitrary<Evidence> = fc
  .record({
    fitted: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
    diagonal: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
    gain: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
    width: fc.option(fc.double({ min: 0, max: 0.2, noNaN: true }), { nil: undefined }),
    isScored: fc.boolean(),
    isIdentified: fc.boolean(),
    outside: fc.double({ min: 0, max: 0.3, noNaN: true }),
    condition: fc.double({ min: 1, max: 2000, noNaN: true }),
    verdicts: fc.array(fc.constantFrom('green', 'amber', 'red', 'not enough data', 'not applicable'), {
      minLength: 8,
      maxLength: 8,
    }),
  })
  .map((d) => ({
    certificate,
    outOfSample: d.isScored
      ? scored(d.fitted, d.diagonal, {
          value: d.gain,
          ...(d.width === undefined ? {} : { low: d.gain - d.width, high: d.gain + d.width }),
        })
      : { verdict: 'not enough data' as const, reason: 'one fold only' },
    guardrails: { conditionNumber: d.condition, crossShare: 0.1, basketNorm: 1, spectrum: [] },
    identification: identification(d.isIdentified),
    decayFit: [{ seconds: 60, published: 0.5, low: 0.4, high: 0.6, outside: d.outside, uncertainty: 2 * d.outside }],
    diagnoses: FAILURE_MODES.map((mode, k) => diagnosis(mode, d.verdicts[k] as Diagnosis['verdict'])),
  }));

describe('headline, promotion and links agree, whatever came out', () => {
  it('in every outcome', () => {
    fc.assert(
      fc.property(evidence, fc.constantFrom('freeze', 'fail', 'report'), (each, identificationMode) => {
        const { passes, verdict, gates } = outcome(each, { ...rules, identification: identificationMode });
        expect(/^All gates pass/.test(verdict.headline)).toBe(passes);
        for (const { name } of gates.filter((g) => g.verdict === 'failed' || g.verdict === 'not enough data'))
          expect(verdict.headline).toContain(name);
        if (each.diagnoses.some((d) => d.verdict === 'red')) expect(passes).toBe(false);
        if (verdict.crossImpact === 'worse than nothing') {
          expect(passes).toBe(false);
          expect(verdict.headline).toMatch(/^The model predicts worse than nothing/);
        }
        if (verdict.crossImpact === 'evident') {
          expect('scores' in each.outOfSample && each.outOfSample.crossGain.low! > 0).toBe(true);
          expect(each.identification!.isIdentified).toBe(true);
        }
        expect(verdict.links === 'frozen').toBe(
          verdict.crossImpact === 'not distinguishable from an unrecorded factor' && identificationMode === 'freeze',
        );
        if (passes && identificationMode === 'fail') expect(verdict.crossImpact).not.toContain('not distinguishable');
      }),
      { numRuns: 2000 },
    );
  });
});
