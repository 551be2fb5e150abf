import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { storedMoments } from '../../src/io/momentsFile.js';
import type { Fold } from '../../src/model/moments.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import type { CalibrationParams } from '../../src/stages/fit/calibration.js';
import { defaultCalibration } from '../support/calibration.js';
import { ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { hasShared, sharedPath } from '../support/sharedData.js';

const folder = temporaryFolder();

interface Anchor {
  readonly name: string;
  readonly settings: readonly string[];
  /** Out-of-sample R² of AAPL, AMZN, GOOG: self impact alone, and with links; fit on the first 60 %, scored on the rest. */
  readonly diagonal: readonly number[];
  readonly symmetric: readonly number[];
  readonly selfImpact: readonly number[];
  /** AAPL–AMZN, AAPL–GOOG, AMZN–GOOG, normalised. */
  readonly links: readonly number[];
}

/** Computed independently of this program; three digits are given, so agreement is asked for to a few thousandths. */
const ANCHORS: readonly Anchor[] = [
  {
    name: '1 s, linear',
    settings: [],
    diagonal: [0.265, 0.211, 0.208],
    symmetric: [0.27, 0.234, 0.213],
    selfImpact: [1.6, 12.1, 4.5],
    links: [0.084, 0.084, 0.159],
  },
  {
    name: '1 s, signed square root',
    settings: ['--set', 'flow.concavity=0.5'],
    diagonal: [0.345, 0.311, 0.263],
    symmetric: [0.35, 0.324, 0.266],
    selfImpact: [1.8, 13.7, 5.0],
    links: [0.075, 0.071, 0.115],
  },
  {
    name: '10 s, linear',
    settings: ['--set', 'align.bucket=10s'],
    diagonal: [0.358, 0.336, 0.325],
    symmetric: [0.384, 0.432, 0.357],
    selfImpact: [1.4, 13.3, 4.7],
    links: [0.155, 0.156, 0.18],
  },
];

/** As the independent fits were made: a line, flow as it is, five given time constants, rows weighed by their own variances. */
const AS_THERE = [
  ...['--set', 'fit.kernel.tau=["1s","5s","30s","5m","permanent"]', '--set', 'fit.weights=diagonal'],
  ...['--set', 'fit.kernel.concave=none', '--set', 'flow.liquidity=0'],
];
const params: CalibrationParams = { ...defaultCalibration(['tech', 'tech', 'tech']), weights: 'diagonal' };

function foldsIn(store: string): Fold[] {
  const stage = join(store, 'stages', 'moments');
  return storedMoments(join(stage, readdirSync(stage)[0]));
}

function expectNear(found: readonly number[], expected: readonly number[], within: number): void {
  expected.forEach((value, k) => {
    expect(Math.abs(found[k] - value), `${found.join(' ')} against ${expected.join(' ')}`).toBeLessThanOrEqual(within);
  });
}

describe.skipIf(!hasShared('data/lobster-2012-06-21'))('three US names on one real day', () => {
  it.each(ANCHORS)('$name agrees with what was computed independently', (anchor) => {
    const store = join(folder, anchor.name.replaceAll(/\W/g, ''));
    const { code, document } = ximJson([
      'validate',
      '--date',
      '2012-06-21',
      '--config',
      'configs/lobster.yaml',
      '--data',
      sharedPath('data/lobster-2012-06-21'),
      '--store',
      store,
      ...AS_THERE,
      ...anchor.settings,
    ]);
    const concave = anchor.settings.join().includes('concavity');
    // One day without factors: neither links nor orders are known well enough to be promoted.
    expect([code, document.certificate]).toEqual([1, concave ? 'withheld' : 'passed']);
    const { diagonal, fitted } = document.holdOut.perName;
    console.log(
      `${anchor.name}: diagonal ${diagonal.map((r: number) => r.toFixed(3))}, with links ${fitted.map((r: number) => r.toFixed(3))}`,
    );
    expectNear(diagonal, anchor.diagonal, 0.008);
    expectNear(fitted, anchor.symmetric, 0.006);
    const folds = foldsIn(store);
    const { data } = calibrate(folds.slice(0, Math.round(0.6 * folds.length)), params).estimate.rawK.whole;
    expectNear([data[0], data[4], data[8]], anchor.selfImpact, 0.1);
    const link = (i: number, j: number) => data[3 * i + j] / Math.sqrt(data[4 * i] * data[4 * j]);
    expectNear([link(0, 1), link(0, 2), link(1, 2)], anchor.links, 0.006);
  });

  it.each([
    [0.25, [0.316, 0.244, 0.238], [0.32, 0.269, 0.245]],
    [0.35, [0.315, 0.25, 0.244], [0.32, 0.276, 0.251]],
  ])('predicts more by flow against the depth of the book, exponent %d, as was computed independently', (...anchor) => {
    const [liquidity, alone, linked] = anchor;
    const store = join(folder, `liquidity ${liquidity}`);
    const data = ['--data', sharedPath('data/lobster-2012-06-21'), '--store', store];
    const args = ['--date', '2012-06-21', '--config', 'configs/lobster.yaml', ...data, ...AS_THERE];
    const { document } = ximJson(['validate', ...args, '--set', `flow.liquidity=${liquidity}`]);
    expect(document.certificate).toBe('passed');
    expectNear(document.holdOut.perName.diagonal, alone, 0.003);
    expectNear(document.holdOut.perName.fitted, linked, 0.003);
  });

  it('keeps the slow and the permanent memory only', () => {
    const { kernel } = ximJson(['show', '--store', join(folder, '1slinear')]).document.manifest;
    expectNear(kernel.weights, [0, 0, 0, 0.42, 0.58], 0.01);
  });

  it.each([
    ['1s', [0.33, 0.27, 0.26]],
    ['10s', [0.42, 0.43, 0.37]],
  ])('predicts by default, at %s and with a certificate, about as well as what has to be withheld', (bucket, least) => {
    const store = join(folder, `curve${bucket}`);
    const args = ['--date', '2012-06-21', '--config', 'configs/lobster.yaml', '--store', store];
    const data = ['--data', sharedPath('data/lobster-2012-06-21'), '--set', `align.bucket=${bucket}`];
    const { document } = ximJson(['validate', ...args, ...data]);
    expect(document.certificate).toBe('passed');
    document.holdOut.perName.fitted.forEach((r2: number, i: number) => {
      expect(r2).toBeGreaterThan(least[i]);
    });
    expect(ximJson(['verify', '--store', store]).code).toBe(0);
  });

  it('says that links of three names of one sector are not told apart from a factor that nobody recorded', () => {
    const given = ximJson(['show', '--store', join(folder, '1slinear')]).document.manifest.metrics.outOfSample.pooled;
    const store = join(folder, 'default');
    const args = ['--date', '2012-06-21', '--config', 'configs/lobster.yaml', '--store', store];
    expect(ximJson(['validate', ...args, '--data', sharedPath('data/lobster-2012-06-21')]).code).toBe(1);
    const { manifest } = ximJson(['show', '--store', store]).document;
    expect(manifest.metrics.outOfSample.pooled.fitted).toBeGreaterThan(given.fitted - 0.001);
    expect(manifest.verdict.crossImpact).toBe('not distinguishable from an unrecorded factor');
    expect(manifest.verdict.links).toBe('frozen');
    const verdictOf = (name: string) => manifest.gates.find((gate: { name: string }) => gate.name === name).verdict;
    expect(verdictOf('diagnostics')).toBe('failed');
    // Self impact may owe as much of an order's price to the factor as a desk cares for.
    expect(verdictOf('identification')).toBe('failed');
  });

  it('chooses a concave flow by cross-validation, and then withholds the certificate', () => {
    const args = [
      '--date',
      '2012-06-21',
      '--config',
      'configs/lobster.yaml',
      '--data',
      sharedPath('data/lobster-2012-06-21'),
    ];
    const { code, document } = ximJson([
      'validate',
      ...args,
      '--store',
      join(folder, 'auto'),
      '--set',
      'flow.concavity=auto',
    ]);
    expect([code, document.certificate]).toEqual([1, 'withheld']);
    expect(document.kernel.concavity).toBeLessThan(1);
    // The same settings but for the flow.
    const linear = ximJson(['show', '--store', join(folder, 'default')]).document.manifest.metrics.outOfSample.pooled
      .fitted;
    console.log(
      `pooled out-of-sample R²: concavity ${document.kernel.concavity} ${document.scores.pooled.fitted.toFixed(4)}, linear ${linear.toFixed(4)}`,
    );
    expect(document.scores.pooled.fitted).toBeGreaterThan(linear);
  });

  it('finds cross-impact', () => {
    const { crossGain } = ximJson(['show', '--store', join(folder, '1slinear')]).document.manifest.metrics.outOfSample;
    expect(crossGain.low).toBeGreaterThan(0);
  });
});

describe.skipIf(!hasShared('data/sse-2023-07-11'))('five Shanghai names with a lunch break', () => {
  it('finds no links, and says so', () => {
    const store = join(folder, 'sse');
    const { code, document } = ximJson([
      'validate',
      '--date',
      '2023-07-11',
      '--config',
      'configs/sse.yaml',
      '--data',
      sharedPath('data/sse-2023-07-11'),
      '--store',
      store,
    ]);
    expect([code, document.certificate]).toEqual([1, 'passed']);
    const { crossGain, pooled } = document.scores;
    expect(crossGain.low).toBeLessThanOrEqual(0);
    expect(crossGain.high).toBeGreaterThanOrEqual(0);
    expect(Math.abs(crossGain.value)).toBeLessThan(0.001);
    expect(pooled.fitted).toBeGreaterThan(0);
    expect(document.verdict.crossImpact).toBe('not evident');
    const stopping = document.gates.filter((gate: { verdict: string }) => /failed|not enough/.test(gate.verdict));
    // One day of five names: a line predicts folds ahead best, and tails cost less than it says.
    expect(document.kernel).toMatchObject({ concavity: 1, liquidity: 0.35 });
    expect(stopping.map((gate: { name: string }) => gate.name)).toEqual(['diagnostics']);
    const { manifest } = ximJson(['show', '--store', store]).document;
    expect(manifest.guardrails.measured.basketNorm).toBeLessThan(0.05);
    expect(ximJson(['verify', '--store', store]).code).toBe(0);
  });
});
