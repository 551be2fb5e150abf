import { describe, expect, it } from 'vitest';
import type { FailureMode } from '../../src/model/diagnosis.js';
import { diagnoses, redModes } from '../support/diagnoses.js';
import { type Faults, marketDays } from '../support/faultyDays.js';
import { simulatedMarket } from '../support/simulatedMarket.js';

const SEEDS = [1, 2, 3];

const BUCKET_FAULTS: readonly (readonly [string, Faults, FailureMode])[] = [
  ['quotes of one name are a bucket late', { lateQuotes: 1 }, 'asynchronous clocks'],
  ['flow of one venue is stamped a bucket late', { lateVenue: 1 }, 'asynchronous clocks'],
  ['flow of one venue is stamped a bucket early', { lateVenue: -1 }, 'asynchronous clocks'],
  ['half of the next bucket’s flow has leaked into this one', { leak: 0.5 }, 'placebo leads'],
  ['a tenth of the next bucket’s flow has leaked into this one', { leak: 0.1 }, 'placebo leads'],
  ['flow follows the move of the bucket before', { chase: 0.3 }, 'placebo leads'],
  ['the factor that flow follows is not recorded', { hiddenFactor: true }, 'factor contamination'],
  ['links change sign where the training ends', { flippedFrom: 2 }, 'over-fitted links'],
  ['impact is larger while spreads are wide', { wideMultiplier: 1.35 }, 'regime portability'],
  ['links are taken back in the next bucket', { linkReversion: 0.8 }, 'bucket size'],
  ['others trade on the same side', { crowd: 0.7 }, 'crowding'],
  ['impact is the root of flow', { concavity: 0.5 }, 'aggressive tails'],
];

describe('a fault in the buckets turns its own diagnostic red, and no other', () => {
  it.each(BUCKET_FAULTS)('%s', (_, faults, mode) => {
    for (const seed of SEEDS) expect(redModes(diagnoses(marketDays({ days: 4, seed, faults })))).toEqual([mode]);
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
  ['wide_multiplier', { impact: { wide_multiplier: 1.35 } }, ['regime portability']],
  ['link_reversion', { faults: { link_reversion: 0.8 } }, ['bucket size']],
  ['crowding', { faults: { crowding: 0.5 } }, ['crowding']],
  ['concavity', { faults: { concavity: 0.5 } }, ['aggressive tails']],
];

describe('so does a fault of the simulated market', () => {
  it.each(SCENARIO_FAULTS)('%s', (_, document, modes) => {
    expect(redModes(diagnoses(simulatedMarket({ ...SCENARIO, seed: 1, ...document })))).toEqual(modes);
  });
});
