import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { unitWords } from '../../src/model/units.js';
import { type AnswerFacts, answersOf } from '../../src/report/answers.js';
import { changeText, linksSentence, renderComparison, type VersionComparison } from '../../src/report/comparison.js';
import { renderHtml } from '../../src/report/renderHtml.js';
import { renderMarkdown } from '../../src/report/renderMarkdown.js';
import { SCRIPT, SCRIPT_DIGEST } from '../../src/report/script.js';
import { fullReport } from './reportFixture.js';

const units = unitWords('bps');
const basket = (order: string, seconds: number, value: number, alone: number) => ({
  ...{ order, kind: 'basket' as const, seconds, value, alone },
});

const FACTS: AnswerFacts = {
  gates: [
    { name: 'certificate', verdict: 'passed', reason: 'all checks hold' },
    { name: 'completion', verdict: 'not applicable', reason: 'no arms' },
  ],
  verdict: { headline: 'All gates pass', sentence: 'cross-impact is evident', links: 'live' },
  certificate: { status: 'passed' },
  referenceOrders: [
    { order: 'AAA', kind: 'name', seconds: 600, value: 9 },
    basket('one-sided basket', 60, 3, 1),
    { ...basket('one-sided basket', 3600, 2, 0.5), low: 1.5, high: 2.5 },
    basket('hedged basket', 3600, 0.4, 0.5),
  ],
  links: [{ row: 'AAA', column: 'BBB', value: -3.125, low: -4, high: -2.25 }],
  sinceChampion: null,
  diagnoses: [
    { mode: 'placebo leads', verdict: 'green', remedy: 'nothing' },
    { mode: 'asynchronous clocks', verdict: 'red', remedy: 'set align.clock_offsets' },
  ],
};

describe('the five answers', () => {
  it('allow trading only where no gate fails and the certificate passed', () => {
    expect(answersOf(FACTS, units).trade.isAllowed).toBe(true);
    expect(answersOf({ ...FACTS, certificate: { status: 'failed' } }, units).trade.isAllowed).toBe(false);
    const unjudged = { name: 'oos_r2', verdict: 'not enough data' as const, reason: 'one fold only' };
    const { trade, worries } = answersOf({ ...FACTS, gates: [...FACTS.gates, unjudged] }, units);
    expect(trade.isAllowed).toBe(false);
    expect(trade.lines[0]).toBe('No: decided by oos_r2; certificate passed');
    expect(worries[0]).toEqual({ what: 'gate oos_r2', remedy: 'one fold only' });
  });

  it('price baskets at the times that a reader thinks in, and say what single names miss', () => {
    const { rows, missed } = answersOf(FACTS, units).costs;
    expect(rows).toEqual([
      { basket: 'one-sided basket', time: '1 h', cost: '2', interval: '1.5 … 2.5', alone: '0.5' },
      { basket: 'hedged basket', time: '1 h', cost: '0.4', interval: '', alone: '0.5' },
    ]);
    // 1 − .5/2 is missed; .5/.4 − 1 is asked for in vain.
    expect(missed).toBe(
      'models of single names miss 75 % of the cost of the one-sided basket and price the hedged basket 25 % too dear',
    );
    // A session too short for them has what there is.
    const short = { ...FACTS, referenceOrders: [basket('one-sided basket', 60, 3, 1)] };
    expect(answersOf(short, units).costs.rows[0].time).toBe('1 min');
    const earlier = { ...FACTS, referenceOrders: [{ ...basket('one-sided basket', 600, 3, 1), alone: undefined }] };
    expect(answersOf(earlier, units).costs).toMatchObject({ missed: undefined, rows: [{ alone: '–' }] });
  });

  it('sign links, and name what is red with its remedy', () => {
    const { links, worries } = answersOf(FACTS, units);
    expect(links).toEqual([{ bought: 'BBB', moved: 'AAA', impact: '-3.13', interval: '-4 … -2.25' }]);
    expect(worries).toEqual([{ what: 'asynchronous clocks', remedy: 'set align.clock_offsets' }]);
  });

  it('say what moved most since a champion that was an input', () => {
    const sinceChampion = { champion: 'c0ffee00', links: [{ row: 'AAA', column: 'BBB', from: 1, to: 2 }] };
    // A champion of other names has not stayed as it was.
    const ofOthers = { champion: 'c0ffee00', compared: 0, links: [] };
    expect(answersOf({ ...FACTS, sinceChampion: ofOthers }, units).change.line).toBe(
      'champion c0ffee00 knows no two of these names: nothing can be compared',
    );
    expect(answersOf({ ...FACTS, sinceChampion: { ...ofOthers, compared: 3 } }, units).change.line).toBe(
      'champion c0ffee00; no link moved',
    );
    expect(answersOf({ ...FACTS, sinceChampion }, units).change.line).toBe(
      'champion c0ffee00; the link that moved most, BBB ↔ AAA: 1 → 2 bps/M',
    );
    expect(answersOf(FACTS, units).change.line).toMatch(/compare/);
  });

  it('stand first on the page and in the Markdown, hostile names escaped', () => {
    const hostile = { ...fullReport(), links: [{ row: '<b>A', column: 'B|C', value: 1 }] };
    const page = renderHtml(hostile);
    expect(page.indexOf('May I trade on this?')).toBeLessThan(page.indexOf('>Gates<'));
    expect(page).toContain('B|C ↔ &lt;b&gt;A');
    expect(page).not.toContain('<b>A');
    const text = renderMarkdown(hostile);
    expect(text.indexOf('May I trade on this?')).toBeLessThan(text.indexOf('| gate |'));
    expect(text).toContain('B\\|C ↔ \\<b\\>A');
  });
});

describe('two versions side by side', () => {
  const side = {
    ...{ id: 'a'.repeat(64), version: '2024-03-12-aaaaaaaa', asof: '2024-03-12', days: 5, names: 2 },
    ...{ certificate: 'passed', headline: 'All gates pass', sentence: 'cross-impact is evident' },
  };
  const compared: VersionComparison = {
    from: side,
    to: { ...side, version: '2024-03-13-<i>' },
    added: ['NEW'],
    removed: [],
    maxRelative: 0.25,
    baskets: [{ basket: 'hedged basket', seconds: 3600, from: { value: 2 }, to: { value: 1.5, low: 1, high: 2 } }],
    links: { compared: 40, moved: 3, largest: [{ row: 'AAA', column: 'BBB', from: 1, to: 2, error: 0.25 }] },
    gates: [{ gate: 'oos_r2', verdict: { from: null, to: 'passed' }, value: { from: null, to: 0.125 } }],
    settings: [{ setting: 'fit.window', from: '"5d"', to: '"6d"' }],
    inputs: [{ dataset: 'quotes', removed: [], added: ['2024-03-13'], changed: [''] }],
  };

  it('say how much would differ by chance', () => {
    expect(linksSentence(compared)).toBe(
      '3 of 40 entries of K moved beyond their errors (95 %); 2 would by chance. The largest change is 0.25 of √(K_ii K_jj). Added: NEW.',
    );
    expect(linksSentence({ ...compared, links: { compared: 0, moved: 0, largest: [] } })).toMatch(
      /nothing can be said/,
    );
  });

  it('are a page with every difference, escaped', () => {
    const text = renderComparison(compared, units);
    for (const part of ['hedged basket', '1.5 (1 … 2)', '−25 %', 'AAA ↔ BBB', 'oos_r2', 'fit.window', 'the file'])
      expect(text).toContain(part);
    expect(text).not.toContain('<i>');
  });

  it('have no relative change from nothing', () => {
    expect([changeText(0, 1), changeText(2, 3), changeText(2, 1)]).toEqual(['–', '+50 %', '−50 %']);
  });
});

it('the page allows the script that it has', () => {
  expect(SCRIPT_DIGEST).toBe(createHash('sha256').update(SCRIPT).digest('base64'));
});
