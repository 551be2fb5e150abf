import { describe, expect, it } from 'vitest';
import { quantileChart } from '../../src/report/charts/quantileChart.js';
import { scoreChart } from '../../src/report/charts/scoreChart.js';
import { sparkline } from '../../src/report/charts/sparkline.js';
import { renderHealth } from '../../src/report/healthPage.js';
import { renderHtml } from '../../src/report/renderHtml.js';
import { certificate } from '../../src/report/sections/certificate.js';
import { shortfallDistributions } from '../../src/stages/scorecard/distributions.js';
import type { ParentCost } from '../../src/stages/scorecard/shortfall.js';
import { fullReport } from './reportFixture.js';

const LARGEST_REPORT = 3 * 2 ** 20;
const attribute = (text: string, name: string) =>
  [...text.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, v]) => v);

describe('the distribution of shortfalls', () => {
  const costs = Array.from({ length: 101 }, (_, k) => ({ totalBps: 100 - k }) as ParentCost);
  const group = (dimension: 'all' | 'arm', name: string, members: readonly number[]) => ({
    ...{ dimension, group: name, members },
    weights: members.map(() => 1),
  });
  const every = [...costs.keys()];

  it('has the quantiles of its orders, in whatever order they come', () => {
    const [all] = shortfallDistributions(costs, [group('all', 'all', every)]);
    // 0 … 100: the quantile of a probability is its percentage.
    expect(all.shortfall).toEqual(all.probabilities.map((p) => expect.closeTo(100 * p, 9)));
    const turned = shortfallDistributions([...costs].reverse(), [group('all', 'all', every)]);
    expect(turned[0].shortfall).toEqual(all.shortfall);
  });

  it('is of arms where there are arms', () => {
    const arms = [group('arm', 'a', every.slice(0, 50)), group('arm', 'b', every.slice(50))];
    const found = shortfallDistributions(costs, [group('all', 'all', every), ...arms]);
    expect(found.map((one) => one.group)).toEqual(['a', 'b']);
    expect(found[0].shortfall[4]).toBeGreaterThan(found[1].shortfall[4]);
  });

  it('is drawn as a strip an arm that narrows to its middle half', () => {
    const [control, treated] = fullReport().scorecard!.distributions!;
    const { text } = quantileChart([control, treated], { move: 'bps' });
    const widths = attribute(text, 'width').map(Number);
    expect(widths).toHaveLength(6);
    expect(widths[0]).toBeGreaterThan(widths[1]);
    expect(widths[1]).toBeGreaterThan(widths[2]);
    expect(text).toContain('<title>control, median: 3</title>');
    expect(text).toContain('Half of control costs -1 to 8 bps.');
  });
});

describe('R² by name', () => {
  const perName = (count: number) => ({
    diagonal: Array.from({ length: count }, (_, i) => i / 1000),
    fitted: Array.from({ length: count }, (_, i) => ((7 * i) % count) / 500),
  });
  const symbols = (count: number) => Array.from({ length: count }, (_, i) => `N${i}`);

  it('is a bar a name and model while there is room for bars', () => {
    expect(scoreChart(symbols(40), perName(40), ['diagonal', 'fitted']).text.match(/<rect/g)).toHaveLength(80);
  });

  it('is a line a model over the names in order of the last one where they are many', () => {
    const { text } = scoreChart(symbols(41), perName(41), ['diagonal', 'fitted']);
    expect(text).not.toContain('<rect');
    const [, fitted] = attribute(text, 'points').map((points) => points.split(' ').map((p) => Number(p.split(',')[1])));
    expect(fitted).toHaveLength(41);
    expect(fitted).toEqual([...fitted].sort((a, b) => b - a));
  });
});

describe('health at a glance', () => {
  const point = (k: number) => ({
    ...{ date: `2024-03-${10 + k}`, version: `v${k}`, names: 9, certificate: 'passed', gatesFailed: [] },
    ...{ conditionNumber: 4 + k, crossShare: 0.2, basketNorm: 1, coverage: null, outOfSampleR2: 0.1 },
    ...{ crossGain: 0.01, realisedOnPredicted: 1, turnover: k === 0 ? null : 0.1 },
  });

  it('has a line a measure with its last value', () => {
    const page = renderHealth('desk', [point(0), point(1), point(2)]);
    const [sparks] = page.split('<div class="sparks">')[1].split('</div>');
    expect(sparks.match(/<svg/g)).toHaveLength(7);
    expect(sparks).toContain('<strong>6</strong>');
    expect(sparks).toContain('3 calibrations, from 4 to 6, last 6.');
    expect(sparks).toContain('No calibration says.');
  });

  it('leaves a gap where a value is missing, and draws what stands still', () => {
    const gap = sparkline(
      'x',
      [1, 2, null, 3, 3].map((value, k) => ({ date: String(k), value })),
    ).text;
    expect(attribute(gap, 'd')[0].match(/M/g)).toHaveLength(2);
    expect(sparkline('x', [{ date: 'a', value: 1 }]).text).not.toMatch(/NaN/);
  });
});

it('a round trip of many names has them one under the other', () => {
  const data = fullReport();
  const symbols = Array.from({ length: 13 }, (_, i) => `N${i}`);
  const trades = [0, 3].map((bucket) => ({ bucket, millions: symbols.map((_, i) => i + bucket) }));
  const witness = { ...data.certificateBefore.witness!, symbols, trades };
  const { text } = certificate({ ...data, certificateBefore: { ...data.certificateBefore, witness } });
  expect(text).toContain('in bucket 3');
  expect(text).toContain('<tr><td>N12</td><td class="number">12</td><td class="number">15</td></tr>');
});

it('a report of 500 names is no larger than a mail may be', () => {
  const data = fullReport();
  const many = Array.from({ length: 500 }, (_, i) => i);
  const rows = many.map((i) => many.map((j) => (i === j ? 1 : ((i * 31 + j * 31) % 200) / 1000 - 0.1)));
  const perName = Object.fromEntries(
    Object.keys(data.scores!.perName).map((model) => [model, many.map((i) => i / 1000)]),
  );
  const large = {
    ...data,
    names: many.map((i) => ({ ...data.names[0], symbol: `NAME${i}`, block: `SECTOR${i % 11}` })),
    normalised: { raw: rows, shrunk: rows, final: rows, change: rows },
    scores: { ...data.scores!, perName },
    holdOut: { ...data.holdOut!, perName },
    concave: { ...data.concave!, names: many.map((i) => ({ ...data.concave!.names[0], symbol: `NAME${i}` })) },
    spectrum: { before: many.map((i) => i / 500), after: many.map((i) => i / 400) },
  };
  expect(Buffer.byteLength(renderHtml(large))).toBeLessThan(LARGEST_REPORT);
});
