import { describe, expect, it } from 'vitest';
import type { Gate } from '../../src/model/gate.js';
import { junitXml } from '../../src/report/junit.js';
import { renderHtml as rendered } from '../../src/report/renderHtml.js';
import { renderMarkdown } from '../../src/report/renderMarkdown.js';
import { renderMatrixHtml as renderedMatrix, renderMatrixMarkdown } from '../../src/report/renderMatrix.js';
import type { MatrixReportData, ReportData } from '../../src/report/reportData.js';
import { fullReport, matrixReport } from './reportFixture.js';
import { withoutTerms } from './withoutTerms.js';

const renderHtml = (data: ReportData) => withoutTerms(rendered(data));
const renderMatrixHtml = (data: MatrixReportData) => withoutTerms(renderedMatrix(data));

/** Means something to browsers, to XML, to Markdown and to terminals. */
const HOSTILE = `<img src=x onerror="alert('1')"> & ]]> --> **b** | [a](javascript:1) \`c\` # d\n\n# e\r\x1b[2J\u202e\u2028f\0`;

/** Every text that data may bring in, hostile; those that a program chooses stay. */
function hostile<T extends MatrixReportData>(data: T): T {
  const names = data.names.map((name, i) => ({ ...name, symbol: `${name.symbol}${HOSTILE}`, block: `${i}${HOSTILE}` }));
  const gates = data.gates.map((gate) => ({ ...gate, reason: HOSTILE }));
  const witness = data.certificateBefore.witness;
  return {
    ...data,
    names,
    gates,
    model: HOSTILE,
    notes: data.notes.map(() => HOSTILE),
    inputs: data.inputs.map((input) => ({ ...input, dataset: HOSTILE })),
    config: { model: HOSTILE },
    projection: { ...data.projection, floored: [HOSTILE] },
    certificateBefore: {
      ...data.certificateBefore,
      witness: witness && { ...witness, symbols: witness.symbols.map(() => HOSTILE) },
    },
  };
}

function hostileReport(): ReportData {
  const data = hostile(fullReport());
  const { scorecard, kernel, factors } = data;
  return {
    ...data,
    families: data.families && { ...data.families, sentence: HOSTILE },
    concave: data.concave && {
      ...data.concave,
      names: data.concave.names.map((name) => ({ ...name, symbol: HOSTILE })),
      modes: data.concave.modes.map((mode) => ({ ...mode, label: HOSTILE })),
    },
    responses: data.responses.map((response) => ({ ...response, symbol: HOSTILE })),
    basketCosts: data.basketCosts.map((cost) => ({ ...cost, label: HOSTILE })),
    kernel: { ...kernel, modes: kernel.modes.map((mode) => ({ ...mode, label: HOSTILE })) },
    horizons: data.horizons.map((horizon) => ({ ...horizon, label: HOSTILE })),
    scorecard: scorecard && {
      ...scorecard,
      groups: scorecard.groups.map((group) => ({ ...group, group: HOSTILE })),
      comparisons: scorecard.comparisons.map((c) => ({ ...c, control: HOSTILE, treatment: HOSTILE })),
      notes: [HOSTILE],
    },
    diagnoses: data.diagnoses.map((d) => ({
      ...d,
      evidence: HOSTILE,
      detail: d.detail.map((row) => ({ ...row, symbol: HOSTILE })),
    })),
    factors: { ...factors, note: HOSTILE },
    dataQuality: data.dataQuality.map((day) => ({ ...day, dataset: HOSTILE, quarantined: { [HOSTILE]: 1 } })),
    leadLag: data.leadLag.map((pair) => ({ ...pair, leader: HOSTILE, follower: HOSTILE })),
    leadLagMap: { ...data.leadLagMap!, symbols: data.leadLagMap!.symbols.map(() => HOSTILE) },
  };
}

/** Names of the elements of a document, those that end with a slash before them. Style and script hold no tag. */
const tagsOf = (document: string): string[] =>
  [...document.matchAll(/<(\/?[a-zA-Z!?][^\s/>]*)[^>]*>/g)].map(([, name]) => name);

/** Attributes by name: a quote that got out of one would add another. */
const attributesOf = (document: string): string[] =>
  [...document.matchAll(/<[a-z][^>]*>/g)].flatMap(([tag]) =>
    [...tag.matchAll(/ ([a-z-]+)="/gi)].map(([, name]) => name),
  );

const headingsOf = (page: string): string[] => [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title);

/** What a section says, from its heading on. */
function sectionOf(page: string, title: string): string {
  const found = [...page.matchAll(/<summary><h2>(.*?)<\/h2><\/summary>(.*?)<\/details><\/section>/gs)].find(
    ([, heading]) => heading === title,
  );
  if (!found) throw new Error(`there is no section ${title}`);
  return found[2];
}

const withoutTags = (markup: string): string => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

describe('hostile symbols and notes', () => {
  it.each([
    ['a run', renderHtml(fullReport()), renderHtml(hostileReport())],
    ['a matrix', renderMatrixHtml(matrixReport()), renderMatrixHtml(hostile(matrixReport()))],
  ])('add no element and no attribute to the page of %s', (_, tame, page) => {
    expect(tagsOf(page).filter((tag) => tag === 'img')).toEqual([]);
    expect(tagsOf(page)).toEqual(tagsOf(tame));
    expect(attributesOf(page)).toEqual(attributesOf(tame));
    expect(page).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; ]]&gt;');
  });

  it.each([
    ['a run', renderMarkdown(fullReport()), renderMarkdown(hostileReport())],
    ['a matrix', renderMatrixMarkdown(matrixReport()), renderMatrixMarkdown(hostile(matrixReport()))],
  ])('open no markup in the Markdown of %s', (_, tame, text) => {
    const bars = (lines: string) => lines.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length);
    expect(bars(text)).toEqual(bars(tame));
    expect(text).not.toMatch(/(?<!\\)[<`[]/);
    expect(text).toContain('\\<img src=x');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  });

  it('stay text in JUnit', () => {
    const gates: Gate[] = fullReport().gates.map((gate) => ({ ...gate, name: HOSTILE, reason: HOSTILE }));
    const tame = junitXml('desk', fullReport().gates);
    const text = junitXml(HOSTILE, gates);
    expect(tagsOf(text)).toEqual(tagsOf(tame));
    expect(attributesOf(text)).toEqual(attributesOf(tame));
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('the page of a run', () => {
  /** Without style and script, which compares with `<`. */
  const page = renderHtml(fullReport()).replace(/<(style|script)>.*?<\/\1>/gs, '');

  it('closes what it opens, and asks no network for anything', () => {
    const open: string[] = [];
    for (const [tag, name] of page.matchAll(/<(\/?[a-z][^\s/>]*)[^>]*>/gi)) {
      if (tag.endsWith('/>') || name === 'meta' || name === 'link') continue;
      if (name.startsWith('/')) expect(open.pop()).toBe(name.slice(1));
      else open.push(name);
    }
    expect(open).toEqual([]);
    expect(page).not.toMatch(/(src|href)="(?!data:,"|#)/);
  });

  it('has its sections in the order of the reader’s interest', () => {
    expect(headingsOf(page)).toEqual([
      'Gates',
      'What may have gone wrong',
      'What orders cost',
      'Would cross-aware scheduling have paid?',
      'Links between names',
      'Cost of reference orders',
      'Cost of reference baskets',
      'Out-of-sample fit',
      'Shape of impact',
      'Decay',
      'Fit by markout horizon',
      'No-arbitrage certificate',
      'Price of admission',
      'Shrinkage',
      'Regimes',
      'Guardrails over history',
      'Names',
      'Data quality',
      'Notes',
      'Provenance',
    ]);
  });

  it.each([
    ['Gates', '-0.75 … -0.25'],
    ['Cost of reference baskets', '1.13 … 2.38'],
    ['Out-of-sample fit', '0.0625 … 0.188'],
    ['What orders cost', '3.25\u00a0(2.13\u00a0…\u00a04.38)'],
    ['What orders cost', '-0.5\u00a0(-1.5\u00a0…\u00a00.5)'],
  ])('prints the intervals of %s', (title, interval) => {
    expect(sectionOf(page, title)).toContain(interval);
  });

  it('prints a value without bounds alone', () => {
    expect(sectionOf(page, 'Cost of reference baskets')).toContain('<td class="number">0.625</td><td></td>');
    expect(sectionOf(page, 'What orders cost')).toMatch(/<td[^>]*>20<\/td>/);
    expect(page).not.toContain('undefined');
    expect(page).not.toContain('NaN');
  });

  it('draws a chart where there is one to draw, each with a text alternative', () => {
    const labels = [...page.matchAll(/<svg [^>]*aria-label="([^"]*)"/g)].map(([, label]) => label.split('.')[0]);
    expect(labels).toEqual([
      'Distribution of shortfalls',
      'Shortfall',
      'As estimated',
      'As published',
      'Published less estimated',
      'Change',
      'Out-of-sample R² by name',
      'Response to own flow by size',
      'Decay of impact',
      'Eigenvalues',
      'Guardrails',
      'Lead–lag',
    ]);
  });

  it('draws what is compared to one scale, which is there to be read', () => {
    const maps = [...sectionOf(page, 'Links between names').matchAll(/<svg.*?<\/svg>/gs)].map(([svg]) => svg);
    const scaleOf = (svg: string) =>
      [...svg.matchAll(/text-anchor="middle">(-?[\d.]+)<\/text>/g)].map(([, label]) => label);
    expect(scaleOf(maps[0])).toEqual(['-0.3', '-0.15', '0', '0.15', '0.3']);
    expect(scaleOf(maps[1])).toEqual(scaleOf(maps[0]));
    // Nothing moved: the darkest shade stands for nothing, and no cell has any.
    expect(maps[2]).not.toMatch(/fill-opacity="(?!0.00)[^"]*"><title>/);
  });

  it('gives the remedy of what is red, and the round trip that would have been paid', () => {
    expect(withoutTags(sectionOf(page, 'What may have gone wrong'))).toContain('crowding : separate the crowd.');
    expect(sectionOf(page, 'No-arbitrage certificate')).toContain('What the estimate would have paid for');
  });
});

describe('the shape of impact', () => {
  const data = fullReport();
  const page = sectionOf(renderHtml(data), 'Shape of impact');
  const rowsOf = (table: string) =>
    [...table.matchAll(/<tr>(.*?)<\/tr>/g)].slice(1).map(([, row]) => withoutTags(row).trim());

  it('says what was chosen beside what was always taken, the best of every shape, and what has to be withheld', () => {
    const [telling] = page.split('</table>');
    expect(page).toContain('<p>Impact bends with size.</p>');
    expect(rowsOf(telling)).toEqual([
      'line 0 0.25 0.313 0.2',
      'line 0.25 0.25 0.313 0.25',
      'curve, power 0.4 after decay 0.25 0.25 0.313 0.281',
      'curve, power 0.3 after decay 0.25 0.25 0.313 0.313 chosen',
      'power 0.5 before decay 0.25 0.25 0.313 0.375 withheld',
    ]);
    expect(telling).toContain('<strong>curve, power 0.3 after decay</strong>');
    expect(telling).toContain('R² at 1 min');
    expect(page).toContain(
      'R² of all names in a bucket is 0.25 where links are linear and 0.125 where they are concave',
    );
  });

  it('has all that was compared behind it, with the difference to the choice of its comparison in points', () => {
    const [, , first, second] = page.split('<table>');
    expect(rowsOf(first)[0]).toBe('line 0 0.25 0.313 0.2 -6.3 ± 3.1');
    expect(rowsOf(first)[2]).toBe('curve, power 0.4 after decay 0.25 0.25 0.313 0.281 chosen');
    expect(rowsOf(second)).toHaveLength(2);
  });

  it('draws the response of every name, and says in words what the chart shows', () => {
    const label = /aria-label="(Response to own flow by size[^"]*)"/.exec(page)![1];
    expect(label).toContain('AAA: 2 bps at 1.5 million, the model says 3; 0 of 2 points above the line, 1 below.');
    expect(label).toContain('CCC: 2 bps');
    expect(page.match(/<circle/g)).toHaveLength(4);
    expect(page).toContain('0 of 4 points lie above the line and 2 below it');
  });

  it('has where impact bends by name, folded where names are many, and modes with their weights', () => {
    expect(page).toMatch(/power 0.3 and time constants 1 s, 30 s; links are concave as well/);
    expect(withoutTags(page)).toContain('AAA 0.125 0.0625 75 %');
    expect(withoutTags(page)).toContain('market 0.5 0.25');
    const { concave, ...rest } = data;
    const many = Array.from({ length: 40 }, (_, i) => ({ ...concave!.names[0], symbol: `S${i}` }));
    const long = sectionOf(renderHtml({ ...rest, concave: { ...concave!, names: many } }), 'Shape of impact');
    expect(long).toContain('<summary>Where the impact of 40 names bends</summary>');
  });

  it('stands in the decay: what the whole model says lag by lag', () => {
    const decay = (report: ReportData) => sectionOf(renderHtml(report), 'Decay');
    expect(decay(data)).toContain('Dashed: the same of what the whole model says');
    expect(decay(data)).toContain('concave after the decay, power 0.3');
    expect(decay(data)).toContain('<polyline class="predicted"');
    const lags = data.kernel.lags.map(({ predicted: _predicted, ...lag }) => lag);
    const linear = decay({ ...data, concave: undefined, kernel: { ...data.kernel, lags } });
    expect(linear).not.toMatch(/Dashed|polyline/);
    expect(linear).toContain('concavity 1');
  });

  it('is a sentence and a table in Markdown; the sentence alone where nothing could be compared', () => {
    const text = renderMarkdown(data);
    expect(text).toContain('**Shape of impact.** Impact bends with size.');
    expect(text).toContain('| curve, power 0.3 after decay | 0.25 | 0.25 | 0.313 | 0.313 | chosen |');
    expect(text).toContain('| power 0.5 before decay | 0.25 | 0.25 | 0.313 | 0.375 | withheld |');
    const families = { ...data.families!, sentence: 'Too few folds.', comparisons: [{ testGroups: 0, scores: [] }] };
    const few = { ...data, families };
    expect(renderMarkdown(few)).toContain('**Shape of impact.** Too few folds.\n\n| time constant');
    expect(sectionOf(renderHtml(few), 'Shape of impact')).toMatch(/^<p>Too few folds\.<\/p><figure>/);
  });
});

describe('the replay of schedules', () => {
  const page = sectionOf(renderHtml(fullReport()), 'Would cross-aware scheduling have paid?');
  const words = withoutTags(page);

  it('has a row a comparison, with what each price model and the own fit say', () => {
    expect([...page.matchAll(/<tr>/g)]).toHaveLength(4);
    expect(page).toContain('0.5\u00a0(0.125\u00a0…\u00a00.875)');
    expect(page).toContain('1.25×');
    expect(renderMarkdown(fullReport())).toMatch(/\| what was executed \| established \| 0.5 \(0.125/);
  });

  it('says what is established, what is not and why, and what no replay can say', () => {
    expect(words).toContain('would have paid against what was executed (6.3 % of its impact cost)');
    expect(words).toMatch(/Against VWAP it is not established: the lower bound is not above zero under Kyle/);
    expect(words).toContain('Realised shortfall rises by 0.875');
    expect(words).toContain('Timing against the optimum without links is not zero');
    expect(words).toContain('Of 30 baskets, set aside: 2 of one name, 1 with a halt.');
    expect(words).toContain('A replay cannot tell cause from company');
    expect(words).toContain('2 baskets were not filled in full');
  });
});

describe('a champion of other names', () => {
  const data = fullReport();
  const pageOf = (compared: number) =>
    renderHtml({ ...data, sinceChampion: { champion: 'c0ffee00', compared, links: [] } });

  it('is no champion that nothing has changed from', () => {
    expect(pageOf(3)).toContain('Change since the champion</figcaption>');
    expect(pageOf(2)).toContain('it does not know 1 of 3 pairs, which stay white');
    expect(pageOf(0)).not.toContain('Change since the champion');
    expect(pageOf(0)).toContain('knows no two of these names');
  });
});

describe('what there is no data for', () => {
  const absent: readonly [string, Partial<ReportData>, string][] = [
    ['What may have gone wrong', { diagnoses: [] }, 'Not looked for'],
    ['What orders cost', { scorecard: null }, 'No parent orders'],
    ['Would cross-aware scheduling have paid?', { scheduleReplay: undefined }, 'were not replayed'],
    [
      'Would cross-aware scheduling have paid?',
      { scheduleReplay: { notApplicable: 'no baskets' } },
      'Not applicable: no baskets.',
    ],
    ['Out-of-sample fit', { scores: null, holdOut: null }, 'One fold only'],
    ['Shape of impact', { families: undefined, concave: undefined, responses: [] }, 'Given, not compared'],
    ['Fit by markout horizon', { horizons: [] }, 'Not computed'],
    ['Guardrails over history', { guardrailHistory: null }, 'Not replayed'],
    ['Regimes', { regimes: { edges: {}, multipliers: [], cells: [] } }, 'One regime.'],
    ['Notes', { notes: [] }, 'None.'],
  ];

  it.each(absent)('%s: one sentence instead', (title, without, sentence) => {
    const section = sectionOf(renderHtml({ ...fullReport(), ...without }), title);
    expect(section).toMatch(/^<p>[^<]*<\/p>$/);
    expect(section).toContain(sentence);
  });

  it('all of it, and the other sections say what they said', () => {
    const without: ReportData = Object.assign(fullReport(), ...absent.map(([, change]) => change));
    const [whole, page] = [renderHtml(fullReport()), renderHtml(without)];
    expect(headingsOf(page)).toEqual(headingsOf(whole));
    // The decay says what concave terms have of it.
    const titles = [...absent.map(([title]) => title), 'Decay'];
    for (const title of headingsOf(whole).filter((heading) => !titles.includes(heading)))
      expect(sectionOf(page, title)).toBe(sectionOf(whole, title));
    expect(renderMarkdown(without)).not.toMatch(/out-of-sample R²|failure mode|baskets needed/);
    expect(renderMarkdown(fullReport())).toMatch(/out-of-sample R²[\s\S]*/);
    expect(renderMarkdown(fullReport())).toContain('| crowding | red | crowded flow moves more | separate the crowd |');
  });

  it('links since a champion, lead and lag, and the round trip vanish', () => {
    const data = fullReport();
    const page = renderHtml({
      ...data,
      normalised: { ...data.normalised, change: null },
      leadLag: [],
      leadLagMap: undefined,
      certificateBefore: { ...data.certificate },
    });
    expect(page).not.toContain('Change since the champion');
    expect(page).not.toContain('Lead–lag');
    expect(page).toContain('The estimate was admissible before it was projected.');
  });

  it('many names are drawn by block', () => {
    const { names, normalised, ...data } = fullReport();
    const many = Array.from({ length: 160 }, (_, i) => ({ ...names[i % 3], symbol: `S${i}` }));
    const rows = many.map((_, i) => many.map((__, j) => (i === j ? 1 : 0.1)));
    const large = { raw: rows, shrunk: rows, final: rows, change: null };
    const page = sectionOf(
      renderHtml({ ...data, names: many, normalised: large, scores: null }),
      'Links between names',
    );
    expect(page).toContain('2 by 2; the darkest cell is 0.1');
    expect(page).not.toContain('S159');
  });
});

describe('JUnit', () => {
  it('fails what stops a promotion, skips what does not apply', () => {
    const text = junitXml('desk 2024-03-13', fullReport().gates);
    expect(text).toContain('<testsuite name="desk 2024-03-13" tests="4" failures="2" skipped="1">');
    expect(text).toContain('name="oos_cross_gain"><failure message="links hurt: value -0.5, bound 0"/>');
    expect(text).toContain('name="completion"><failure message="few orders: value none, bound none"/>');
    expect(text).toContain('name="q95_improvement"><skipped ');
    expect(text).toContain('name="certificate"></testcase>');
  });
});

describe('a matrix without data', () => {
  it('has the sections that need none', () => {
    expect(headingsOf(renderMatrixHtml(matrixReport()))).toEqual([
      'Gates',
      'Links between names',
      'No-arbitrage certificate',
      'Notes',
      'Provenance',
    ]);
    expect(renderMatrixHtml({ ...matrixReport(), asof: 'undated' })).toContain('undated matrix');
  });

  it('is described in the same words in Markdown', () => {
    const text = renderMatrixMarkdown(matrixReport());
    expect(text).toContain('**2 gates failed: oos_cross_gain, completion.** Certificate: passed.');
    expect(text).toContain('| symmetric | 0 | 0 | yes |');
  });
});
