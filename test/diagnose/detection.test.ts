import { afterEach, describe, expect, it } from 'vitest';
import type { FailureMode } from '../../src/model/diagnosis.js';
import { diagnoses, redModes } from '../support/diagnoses.js';
import { type Faults, type MarketCase, marketDays } from '../support/faultyDays.js';
import { settled } from '../support/settled.js';
import { simulatedMarket } from '../support/simulatedMarket.js';

afterEach(settled);

const SEEDS = Array.from({ length: 10 }, (_, k) => k + 1);
/** A fault is found in nine seeds out of ten. */
const FOUND = 9;

const BUCKET_FAULTS: readonly (readonly [string, Faults, FailureMode])[] = [
  ['quotes of one name are a bucket late', { lateQuotes: 1 }, 'asynchronous clocks'],
  ['quotes of one name are a third of a bucket late', { lateQuotes: 0.3 }, 'asynchronous clocks'],
  ['flow of one venue is stamped a bucket late', { lateVenue: 1 }, 'asynchronous clocks'],
  ['flow of one venue is stamped a bucket early', { lateVenue: -1 }, 'asynchronous clocks'],
  ['half of the next bucket’s flow has leaked into this one', { leak: 0.5 }, 'placebo leads'],
  ['a tenth of the next bucket’s flow has leaked into this one', { leak: 0.1 }, 'placebo leads'],
  ['flow follows the move of the bucket before', { chase: 0.3 }, 'placebo leads'],
  ['the factor that flow follows is not recorded', { hiddenFactor: true }, 'factor contamination'],
  ['links change sign where the training ends', { flippedFrom: 2 }, 'over-fitted links'],
  ['impact depends on spreads by more than multipliers may', { wideMultiplier: 1.8 }, 'regime portability'],
  ['links are taken back in the next bucket', { linkReversion: 0.8 }, 'bucket size'],
  ['others trade on the same side', { crowd: 0.7 }, 'crowding'],
  ['impact is the root of flow', { concavity: 0.5 }, 'aggressive tails'],
];

describe('a fault in the buckets that costs a tenth turns its own diagnostic red, and no other', () => {
  it.each(BUCKET_FAULTS)('%s', (_, faults, mode) => {
    const found = SEEDS.map((seed) => redModes(diagnoses(marketDays({ days: 4, seed, faults }))).join());
    expect(found.filter((modes) => modes === mode).length, found.join(' | ')).toBeGreaterThanOrEqual(FOUND);
  });
});

/** The same faults, too small to cost a tenth; what each leaves of a day's price is known. */
const SMALL_FAULTS: readonly (readonly [string, Partial<MarketCase>, FailureMode])[] = [
  ['quotes of one name a twentieth of a bucket late', { faults: { lateQuotes: 0.05 } }, 'asynchronous clocks'],
  ['a twentieth of all flow a bucket late', { faults: { lateVenue: 1, lateShare: 0.15 } }, 'asynchronous clocks'],
  ['a twentieth of all flow a bucket early', { faults: { lateVenue: -1, lateShare: 0.15 } }, 'asynchronous clocks'],
  ['a twentieth of the next bucket’s flow', { faults: { leak: 0.05 } }, 'placebo leads'],
  ['flow that follows moves a little', { faults: { chase: 0.1 } }, 'placebo leads'],
  [
    'a factor that flow hardly follows',
    { contamination: 0.05, faults: { hiddenFactor: true } },
    'factor contamination',
  ],
  ['links that weaken by a seventh', { faults: { flippedFrom: 2, laterLinks: 0.85 } }, 'over-fitted links'],
  ['regimes that the multipliers capture', { faults: { wideMultiplier: 1.35 } }, 'regime portability'],
  ['links of which a seventh is taken back', { faults: { linkReversion: 0.15 } }, 'bucket size'],
  ['a small crowd', { faults: { crowd: 0.15 } }, 'crowding'],
  ['impact that is hardly concave', { faults: { concavity: 0.85 } }, 'aggressive tails'],
];
/** Of these it is the size and not the noise that keeps them from being red: they are significant. */
const ALWAYS_SEEN: readonly FailureMode[] = [
  'placebo leads',
  'over-fitted links',
  'regime portability',
  'bucket size',
  'crowding',
  'aggressive tails',
];

describe('a fault that costs less is not red', () => {
  it.each(SMALL_FAULTS)('%s', (_, market, mode) => {
    for (const seed of SEEDS.slice(0, 5)) {
      const found = diagnoses(marketDays({ days: 4, seed, ...market }));
      expect(redModes(found)).toEqual([]);
      const { verdict } = found.find((diagnosis) => diagnosis.mode === mode)!;
      if (ALWAYS_SEEN.includes(mode)) expect(verdict).toBe('amber');
    }
  });
});

const SCENARIO = { names: 5, blocks: 1, days: 6, impact: { wide_multiplier: 1 } };

const SCENARIO_FAULTS: readonly (readonly [string, Record<string, unknown>, readonly FailureMode[]])[] = [
  ['none', {}, []],
  ['venue_clock_ms', { faults: { venue_clock_ms: { XNAS: 1500 } } }, ['asynchronous clocks']],
  ['late_quotes_ms', { faults: { late_quotes_ms: 1000 } }, ['asynchronous clocks']],
  ['flow_follows_moves', { faults: { flow_follows_moves: 1 } }, ['placebo leads']],
  ['hidden_factors', { faults: { hidden_factors: true } }, ['factor contamination']],
  ['links_flip_on_day', { faults: { links_flip_on_day: 4 } }, ['over-fitted links']],
  ['wide_multiplier', { impact: { wide_multiplier: 1.8 } }, ['regime portability']],
  ['link_reversion', { faults: { link_reversion: 0.8 } }, ['bucket size']],
  ['crowding', { faults: { crowding: 0.5 } }, ['crowding']],
  ['concavity', { faults: { concavity: 0.5 } }, ['aggressive tails']],
];

describe('so does a fault of the simulated market', () => {
  it.each(SCENARIO_FAULTS)('%s', (_, document, modes) => {
    expect(redModes(diagnoses(simulatedMarket({ ...SCENARIO, seed: 1, ...document })))).toEqual(modes);
  });
});
