import { afterEach, describe, expect, it } from 'vitest';
import type { DayBuckets } from '../../src/model/buckets.js';
import { type Diagnosis, FAILURE_MODES } from '../../src/model/diagnosis.js';
import { mapEntries, zeros } from '../../src/numerics/dense.js';
import { studentBound } from '../../src/numerics/fisher.js';
import { aggressiveTails } from '../../src/stages/diagnose/aggressiveTails.js';
import { asynchronousClocks, withoutQuoteAges } from '../../src/stages/diagnose/asynchronousClocks.js';
import { diagnose, withoutConsequences } from '../../src/stages/diagnose/diagnose.js';
import { REMEDIES } from '../../src/stages/diagnose/diagnosis.js';
import { overfittedLinks } from '../../src/stages/diagnose/overfittedLinks.js';
import { sessionClocks } from '../../src/stages/diagnose/sessionClocks.js';
import { diagnoseInput, diagnoses, redModes } from '../support/diagnoses.js';
import { type MarketCase, marketDays, trueImpact } from '../support/faultyDays.js';
import { settled } from '../support/settled.js';
import { simulatedMarket } from '../support/simulatedMarket.js';

afterEach(settled);

const verdictOf = (found: readonly Diagnosis[], mode: string) => found.find((d) => d.mode === mode)!.verdict;

function withMoves(days: readonly DayBuckets[], change: (day: DayBuckets) => void): DayBuckets[] {
  for (const day of days) change(day);
  return [...days];
}

/** Links learnt from a flow that never varies are the mean moves of the days that taught them, and may rightly be called so. */
const CONSTANT_FLOW = 'constant flow';

const CASES: readonly (readonly [string, () => DayBuckets[]])[] = [
  ['one name', () => marketDays({ days: 4, names: 1 })],
  ['two names', () => marketDays({ days: 4, names: 2 })],
  ['no factors', () => marketDays({ days: 4, contamination: 0, faults: { hiddenFactor: true } })],
  ['more names than buckets', () => marketDays({ days: 4, names: 40, sessionSeconds: [24] })],
  ['a third of the moves missing', () => missing(0.33)],
  ['most moves missing', () => missing(0.6)],
  [
    'one name never moves',
    () => withMoves(marketDays({ days: 4 }), (day) => day.market.moveBps.fill(0, 0, day.grid.buckets)),
  ],
  [
    'one name has no moves',
    () => withMoves(marketDays({ days: 4 }), (day) => day.market.moveBps.fill(Number.NaN, 0, day.grid.buckets)),
  ],
  [CONSTANT_FLOW, () => withMoves(marketDays({ days: 4 }), (day) => day.flow.signedNotional.fill(1))],
  [
    'no tape',
    () =>
      withMoves(marketDays({ days: 4 }), ({ market }) => {
        market.volume.fill(0);
        market.marketFlow.fill(Number.NaN);
      }),
  ],
  ['no ages of quotes', () => withMoves(marketDays({ days: 4 }), (day) => day.market.quoteAgeMs.fill(Number.NaN))],
  [
    'one venue',
    () =>
      marketDays({ days: 4 }).map((day) => ({
        ...day,
        venues: [''],
        flow: { ...day.flow, venue: day.flow.venue.map(() => 0) },
      })),
  ],
  ['one day', () => marketDays({ days: 1 })],
];

function missing(share: number): DayBuckets[] {
  return withMoves(marketDays({ days: 4 }), ({ market: { moveBps } }) => {
    for (let k = 0; k < moveBps.length; k++) if ((k * 7919) % 1000 < 1000 * share) moveBps[k] = Number.NaN;
  });
}

describe('impact that falls behind in the tail', () => {
  it('asks for concave terms where there are none, and says what is left where there are', () => {
    const { samples } = diagnoseInput(marketDays({ days: 4, faults: { concavity: 0.5 } }));
    const linear = aggressiveTails(samples);
    expect(linear).toMatchObject({ verdict: 'red', remedy: REMEDIES['aggressive tails'] });
    expect(linear.remedy).toMatch(/^impact that is concave after its decay.*fit\.kernel\.concave: auto/);
    const concave = aggressiveTails(samples.map((each) => ({ ...each, model: { ...each.model, concave: {} } })));
    expect({ ...concave, remedy: '' }).toEqual({ ...linear, remedy: '' });
    const slopes = linear.detail.map(({ slope }) => String(Number((slope as number).toPrecision(3))));
    expect(concave.remedy).toContain(
      `realised on predicted is still ${slopes[0]} up to the 50 % size, ${slopes[1]} up to the 90 % size, ${slopes[2]} above that`,
    );
  });
});

describe('a market with little to learn from', () => {
  it.each(CASES)('%s: nothing is thrown, no alarm is raised, every number is one', (name, days) => {
    const found = diagnoses(days());
    expect(found.map(({ mode }) => mode)).toEqual([...FAILURE_MODES]);
    const deserved = name === CONSTANT_FLOW ? ['over-fitted links'] : [];
    expect(redModes(found).filter((mode) => !deserved.includes(mode))).toEqual([]);
    for (const { value, bound, effect, effectLow, effectHigh, evidence, remedy, detail } of found) {
      expect(effect === undefined).toBe(value === undefined);
      for (const number of [value, bound, effect, effectLow, effectHigh])
        expect(number === undefined || Number.isFinite(number)).toBe(true);
      expect(evidence).not.toMatch(/NaN|Infinity|undefined/);
      expect(remedy.length).toBeGreaterThan(10);
      expect(JSON.parse(JSON.stringify(detail))).toEqual(detail);
    }
  });

  it('says where there is nothing to judge', () => {
    const alone = diagnoses(marketDays({ days: 4, names: 1 }));
    for (const mode of ['factor contamination', 'over-fitted links', 'bucket size'])
      expect(verdictOf(alone, mode)).toBe('not applicable');
    const short = diagnoses(marketDays({ days: 4, sessionSeconds: [60] }));
    expect(short.every(({ verdict }) => verdict === 'not enough data' || verdict === 'not applicable')).toBe(true);
    const empty = diagnose({ ...diagnoseInput(marketDays({ days: 1 })), days: [], samples: [], regimes: [] });
    expect(redModes(empty)).toEqual([]);
    expect(overfittedLinks(undefined).verdict).toBe('not enough data');
  });
});

describe('asynchronous clocks', () => {
  const late: Partial<MarketCase> = { days: 2, faults: { lateQuotes: 1 } };

  it('are seen without ages of quotes too', () => {
    const days = marketDays(late).map(withoutQuoteAges);
    expect(asynchronousClocks(days, trueImpact({ names: 4, link: 0.3 })).verdict).toBe('red');
  });

  it('name the late one as the follower', () => {
    const { detail } = asynchronousClocks(marketDays(late), trueImpact({ names: 4, link: 0.3 }));
    expect(detail[0].second).toBe('N3');
    expect(Number(detail[0].leadLagRatio)).toBeGreaterThan(10);
  });

  const morning = { venue: 'XNAS', date: '2024-01-03', from: '10:00', to: '11:45' };
  const market = (seed: number, more: Record<string, unknown>) =>
    simulatedMarket({
      seed,
      names: 5,
      blocks: 1,
      days: 2,
      first_date: '2024-01-02',
      sessions: [['10:00', '11:45']],
      ...more,
    });
  const K = trueImpact({ names: 5, link: 0.3 });

  it.each([1.5, -1.5])(
    'of one venue and one morning are seen, and said to be of that morning: %f s late',
    (seconds) => {
      for (let seed = 1; seed <= 5; seed++) {
        const { value, bound, verdict, evidence } = asynchronousClocks(
          market(seed, { late_venues: [{ ...morning, seconds }] }),
          K,
        );
        expect(value! / bound!).toBeGreaterThan(1);
        expect(verdict).not.toBe('green');
        expect(evidence).toMatch(/^2024-01-03: moves lie .* further from flow of XNAS than/);
        expect(evidence.includes('lie -')).toBe(seconds > 0);
      }
    },
  );

  it('of a venue that is always late are not those of a session', () => {
    const late = asynchronousClocks(market(1, { faults: { venue_clock_ms: { XNAS: 1500 } } }), K);
    expect(late.verdict).toBe('red');
    expect(late.evidence).toMatch(/^moves lie .* flow of XNAS/);
  });

  it('are tested in each session at the rate that the test says', async () => {
    let [tests, beyond] = [0, 0];
    for (let seed = 1; seed <= 40; seed++) {
      for (const { t, degrees } of sessionClocks(marketDays({ days: 2, seed }))) {
        tests++;
        if (t > studentBound(0.05, degrees)) beyond++;
      }
      await settled();
    }
    console.log(`clocks of a session: ${beyond} of ${tests} beyond their 95 % bound`);
    expect(tests).toBe(40 * 2 * 3);
    expect(beyond / tests).toBeLessThan(0.08);
  });
});

describe('links that predict nothing', () => {
  it('are not called sound: there are none, or nobody has seen them at work', () => {
    const { overfit } = diagnoseInput(marketDays({ days: 4 }));
    const model = { ...overfit!.model, K: mapEntries(overfit!.model.K, (value, i, j) => (i === j ? value : 0)) };
    expect(overfittedLinks({ ...overfit!, model }).verdict).toBe('not applicable');
    const idle = marketDays({ days: 4 }).map((day, k) =>
      k < 2 ? day : { ...day, flow: { ...day.flow, signedNotional: day.flow.signedNotional.map(() => 0) } },
    );
    const half = diagnoseInput(idle).overfit!;
    const perDay = half.folds.length / 4;
    expect(overfittedLinks({ ...half, model: overfit!.model, trainingFolds: 2 * perDay }).verdict).toBe(
      'not enough data',
    );
  });
});

describe('turnover', () => {
  it('is red where links have moved by more than their errors, green where they have not', () => {
    const { overfit } = diagnoseInput(marketDays({ days: 4 }));
    expect(overfittedLinks({ ...overfit!, previous: overfit!.K }).verdict).toBe('green');
    expect(overfittedLinks({ ...overfit!, previous: zeros(4) }).verdict).toBe('red');
  });

  it('is seen beside a name that the version before did not know', () => {
    const { overfit } = diagnoseInput(marketDays({ days: 4 }));
    const unknown = (value: number, i: number, j: number) => (i === 3 || j === 3 ? Number.NaN : value);
    const found = overfittedLinks({ ...overfit!, previous: mapEntries(zeros(4), unknown) });
    expect(found.verdict).toBe('red');
    expect(found.evidence).not.toMatch(/NaN/);
    expect(overfittedLinks({ ...overfit!, previous: mapEntries(overfit!.K, unknown) }).verdict).toBe('green');
  });
});

describe('an over-fitted recipe', () => {
  it('is red where twenty names and twenty minutes a day go without shrinkage, and green with it', () => {
    const days = marketDays({ days: 8, names: 20, link: 0, sessionSeconds: [1200], noise: 4 });
    const verdict = (changes: Parameters<typeof diagnoseInput>[1]) =>
      overfittedLinks(diagnoseInput(days, changes).overfit).verdict;
    expect(
      verdict({ lambda: 0, intensity: 0, target: 'none', tail: { tMin: 0, signStability: 0, apply: 'auto' } }),
    ).toBe('red');
    expect(verdict({})).toBe('green');
  });
});

describe('one cause, one alarm', () => {
  const alarm = (mode: Diagnosis['mode']): Diagnosis => ({
    mode,
    verdict: 'red',
    value: 9,
    bound: 3,
    evidence: 'e',
    remedy: 'r',
    detail: [],
  });

  it('keeps the numbers of what a cause explains, and judges the rest', () => {
    const [clocks, leads, regimes] = withoutConsequences([
      alarm('asynchronous clocks'),
      alarm('placebo leads'),
      alarm('regime portability'),
    ]);
    expect([clocks.verdict, leads.verdict, regimes.verdict]).toEqual(['red', 'not applicable', 'red']);
    expect([leads.value, leads.bound]).toEqual([9, 3]);
    expect(leads.evidence).toMatch(/asynchronous clocks/);
  });

  it('lets nothing hide behind a cause that is accepted', () => {
    const found = [alarm('crowding'), alarm('factor contamination')];
    expect(withoutConsequences(found).map(({ verdict }) => verdict)).toEqual(['red', 'not applicable']);
    expect(withoutConsequences(found, ['crowding']).map(({ verdict }) => verdict)).toEqual(['red', 'red']);
  });
});
