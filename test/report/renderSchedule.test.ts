import { describe, expect, it } from 'vitest';
import type { ScheduleDocument } from '../../src/model/scheduleDocument.js';
import { renderSchedule as rendered } from '../../src/report/renderSchedule.js';
import { gapPercent } from '../../src/report/sections/schedule/optimum.js';
import { decimalsOf, grouped, label, millions, signed } from '../../src/report/sections/schedule/words.js';
import { aSchedule, HOSTILE, hostileSchedule } from './scheduleFixture.js';
import { withoutTerms } from './withoutTerms.js';

const renderSchedule = (document: ScheduleDocument) => withoutTerms(rendered(document));

const LARGEST = 3 * 2 ** 20;

const headerOf = (page: string): string => page.match(/<header>(.*?)<\/header>/s)![1];

const headingsOf = (page: string): string[] => [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title);

function sectionOf(page: string, title: string): string {
  const found = [...page.matchAll(/<summary><h2>(.*?)<\/h2><\/summary>(.*?)<\/details><\/section>/gs)].find(
    ([, heading]) => heading === title,
  );
  if (!found) throw new Error(`no section ${title}`);
  return found[2];
}

const textOf = (markup: string): string =>
  markup
    .replace(/<title>.*?<\/title>/gs, '')
    .replace(/<[^>]*>/g, '')
    .replaceAll('\u00a0', ' ');

/** What a page says, without style and script. */
const saidBy = (page: string): string => page.replace(/<(style|script)>.*?<\/\1>/gs, '');

/** Elements and attributes of a page: what got out of a text would add to them. */
const skeletonOf = (page: string): string[] =>
  [...saidBy(page).matchAll(/<(\/?[a-zA-Z!?][^\s/>]*)([^>]*)>/g)].flatMap(([, tag, rest]) => [
    tag,
    ...[...rest.matchAll(/ ([a-z-]+)="/gi)].map(([, attribute]) => attribute),
  ]);

/** Numbers of the first screen: what they say, and what they hold. */
const numbersOf = (header: string): { readonly value: number; readonly text: string }[] =>
  [...header.matchAll(/<data value="(.*?)">(.*?)<\/data>/g)].map(([, value, text]) => ({ value: Number(value), text }));

/** Everything that the first screen may say, computed here from the document. */
function allowed({ names, gross, net, cost, policy, settings, comparison, replan }: ScheduleDocument): number[] {
  const bought = names.filter((name) => name.millions > 0).reduce((sum, name) => sum + name.millions, 0);
  const sold = names.filter((name) => name.millions < 0).reduce((sum, name) => sum - name.millions, 0);
  const blind = comparison?.find((one) => one.policy === 'diagonal');
  return [
    ...[gross, net, bought, sold],
    ...Object.values(cost),
    ...(policy.gap === null ? [] : [policy.gap]),
    ...[settings.aversion, settings.typicalAversion],
    ...(blind ? [blind.believedBps, blind.cost.expected, blind.cost.expected - blind.believedBps] : []),
    cost.expected - cost.cross,
    ...(replan ? [replan.savingBps] : []),
  ];
}

/** Whether a text is its value, rounded to the digits that it has; signs may be in the words. */
function isRounded({ value, text }: { readonly value: number; readonly text: string }): boolean {
  const number = text.replaceAll(',', '').match(/[-+]?\d+(\.\d+)?(e[-+]\d+)?/)![0];
  const scale = text.includes('%') ? 100 : 1;
  const step = 10 ** -(number.split('.')[1]?.length ?? 0);
  const tolerance = (text.includes('%') ? 1 : 0.5) * step * (1 + 1e-9);
  return Math.abs(Math.abs(Number(number)) - scale * Math.abs(value)) <= tolerance;
}

function expectTruth(document: ScheduleDocument): void {
  const header = headerOf(renderSchedule(document));
  const numbers = numbersOf(header);
  const truths = allowed(document);
  expect(numbers.length).toBeGreaterThan(8);
  for (const number of numbers) {
    expect(truths.some((truth) => Math.abs(truth - number.value) <= 1e-12 * Math.abs(truth))).toBe(true);
    expect([number.text, isRounded(number)]).toEqual([number.text, true]);
  }
  expectNothingElse(header, document);
}

/** Digits that stand in no number of the document are counts, times, or parts of what was named. */
function expectNothingElse(header: string, document: ScheduleDocument): void {
  const { names, rows, children, date, version, timezone, notes } = document;
  const sides = [1, -1].map((sign) => names.filter((name) => Math.sign(name.millions) === sign).length);
  const blocks = new Set(names.map(({ block }) => block)).size;
  const continuous = rows.filter(({ kind }) => kind === 'continuous').length;
  const said = [
    ...[date, version.folder, timezone, ...notes],
    `${rows[0].start}–${rows[rows.length - 1].end}`,
    '95 % of the time',
    `${document.bucketSeconds / 60} min`,
    ...[names.length, ...sides].flatMap((count) => [`${count} names`, `${count} name`]),
    ...[`${blocks} blocks`, `${blocks} block`],
    ...[`${continuous} buckets`, `${grouped(children.length)} child orders`],
    ...names.map(({ symbol }) => symbol),
    ...(document.replan ? [`band of ${(100 * document.replan.band).toFixed(1)} %`] : []),
    // A share of what is traded, and of the whole.
    ...['1.0 % of the basket', `and ${names.length - 6} others`],
  ];
  const bare = textOf(header.replace(/<data .*?<\/data>/g, '').replace(/<svg.*?<\/svg>/gs, ''));
  const left = said
    .filter((text) => text !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((text, one) => text.replaceAll(one, ''), bare);
  expect(left.match(/.{0,30}\d.{0,30}/g)).toBeNull();
}

const SECTIONS = [
  'What is traded when',
  'What is left over time',
  'Other ways to work it',
  'Cost against risk',
  'Who hurts whom',
  'Names',
  'First and last orders',
  'Settings',
];

const replan = { fits: true, savingBps: 0.0312, band: 0.01, isKept: true };

describe('the page of a schedule', () => {
  it('has its sections, the same for the same document', () => {
    const page = renderSchedule(aSchedule());
    expect(headingsOf(page)).toEqual(SECTIONS);
    expect(renderSchedule(aSchedule())).toBe(page);
    expect(saidBy(page)).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('asks nothing of a network', () => {
    expect(renderSchedule(aSchedule())).not.toMatch(/https?:|src=|url\(|@import/);
  });

  const { comparison: _, frontier: __, ...bare } = aSchedule();
  const documents: [string, ScheduleDocument][] = [
    ['a basket', aSchedule()],
    ['a basket without comparison or frontier', bare],
    ['one name', { ...aSchedule({ names: 1, blocks: 1 }), pairs: [] }],
    ['500 names', aSchedule({ names: 500, rows: 76, blocks: 11 })],
    ['price points', { ...aSchedule(), units: 'price' }],
    ['a basket that costs next to nothing', scaled(aSchedule(), 1e-4)],
    ['λ as given', { ...aSchedule(), settings: { ...aSchedule().settings, urgency: 'given', aversion: 0.0123 } }],
    ['a rule', { ...aSchedule(), policy: { name: 'twap', reason: 'asked for', status: 'given', gap: null } }],
    ['a kept plan', { ...aSchedule(), replan }],
    ['a plan made anew', { ...aSchedule(), replan: { ...replan, isKept: false, savingBps: 0.4 } }],
  ];
  it.each(documents)('says on its first screen what the document says: %s', (_name, document) => expectTruth(document));

  it('says what is traded, what it costs, and what a model of single names would think', () => {
    const document = aSchedule();
    const text = textOf(headerOf(renderSchedule(document)));
    expect(text).toContain('Costs 9.14 bps of the basket');
    expect(text).toContain('±21.44 bps');
    expect(text).toContain('less than 44.40 bps');
    expect(text).toMatch(
      /spread 1\.01.*temporary 0\.21.*own impact 9\.00.*cross impact -1\.27.*earlier trades 0\.31.*alpha -0\.12.*= 9\.14/s,
    );
    expect(text).toContain('-1.27 bps of the cost is cross impact: names make each other cheaper.');
    expect(text).toMatch(/A single-name model thinks its own schedule costs \d+\.\d\d bps; with links it is \d+\.\d\d/);
    expect(text).toContain('1.0 % of the basket is left after the horizon');
    expect(text).toContain('passed for 2024-03-13-ab12ab12');
  });

  it('says parts and their sum in the same digits', () => {
    const [[, parts]] = [...headerOf(renderSchedule(aSchedule())).matchAll(/<ul class="parts">(.*?)<\/ul>/gs)];
    const decimals = numbersOf(parts).map(({ text }) => text.split('.')[1].length);
    expect(new Set(decimals).size).toBe(1);
  });

  it('warns of what should keep it from being sent', () => {
    const document = aSchedule();
    const { policy, names, version } = document;
    const warned = (changed: Partial<ScheduleDocument>) =>
      textOf(headerOf(renderSchedule({ ...document, ...changed })));
    expect(warned({ version: { ...version, certificate: 'failed' } })).toContain(
      'The certificate of 2024-03-13-ab12ab12 is failed',
    );
    expect(warned({ policy: { ...policy, status: 'maxIterations', gap: 0.02 } })).toMatch(/stopped before.*up to 2 %/s);
    expect(warned({ names: names.map((name, i) => ({ ...name, isKnown: i > 1 })) })).toContain(
      'NAME1, NAME2 are unknown',
    );
    expect(
      headerOf(renderSchedule({ ...bare, rows: bare.rows.map((row) => ({ ...row, kind: 'continuous' })) })),
    ).not.toContain('warnings');
  });

  it('escapes every text that data may bring in', () => {
    const page = renderSchedule(hostileSchedule());
    for (const text of ['<img', '<script>throw', '"owned"', "'owned'"]) expect(page).not.toContain(text);
    // A hostile symbol changes what is said, and adds no element and no attribute but the title of what was cut.
    const kinds = new Set(skeletonOf(renderSchedule(aSchedule())));
    for (const one of skeletonOf(page)) expect(kinds.has(one) || one === 'title').toBe(true);
    expect(saidBy(page)).not.toMatch(/NaN|undefined|\[object/);
  });

  it('keeps long names and lines out of its charts', () => {
    const page = renderSchedule(hostileSchedule());
    const drawn = [...page.matchAll(/<text [^>]*>(.*?)<\/text>/gs)].map(([, text]) => text);
    for (const text of drawn) expect(text.includes('\n') || text.replace(/&[^;]+;/g, '.').length > 60).toBe(false);
    expect(page).toContain(`title="${HOSTILE[3]}"`);
  });

  it('draws blocks, cuts tables and stays small with 500 names', () => {
    const document = aSchedule({ names: 500, rows: 76, blocks: 11 });
    const page = renderSchedule(document);
    expect(Buffer.byteLength(page)).toBeLessThan(LARGEST);
    expect(sectionOf(page, 'Names')).toContain('… 400 more in schedule.csv');
    expect([...sectionOf(page, 'Names').matchAll(/<tr>/g)]).toHaveLength(101);
    expect(sectionOf(page, 'First and last orders')).toContain('… 488 more in schedule.csv');
    expect([...sectionOf(page, 'What is left over time').matchAll(/<svg/g)]).toHaveLength(11);
    expect(textOf(sectionOf(page, 'What is traded when'))).toMatch(/by block: +[A-Z]+ +[A-Z]+/);
  });

  it('gathers what has no colour of its own', () => {
    const oneBlock = aSchedule({ names: 40, blocks: 1 });
    expect(textOf(renderSchedule(oneBlock))).toContain('29 other names');
  });

  it('draws what the schedule holds', () => {
    const document = aSchedule();
    const traded = sectionOf(renderSchedule(document), 'What is traded when');
    const said = [
      ...traded.matchAll(/<title>([^<]*?), (NAME\d) (buys|sells) ([\d.]+) m; ([\d.]+).% of the volume<\/title>/g),
    ];
    expect(said).toHaveLength(document.children.length - document.names.length);
    for (const [, time, symbol, verb, amount, share] of said) {
      const row = document.rows.findIndex(
        ({ start, end, kind }) => time === (kind === 'auction' ? `${end} auction` : `${start}–${end}`),
      );
      const child = document.children.find((one) => one.row === row && one.symbol === symbol)!;
      expect(verb).toBe(child.notional < 0 ? 'sells' : 'buys');
      expect(amount).toBe(millions(Math.abs(child.notional)));
      expect(Number(share)).toBeCloseTo(100 * child.participation, 1);
    }
  });

  it('tells help from hurt by words, side and sign', () => {
    const pairs = sectionOf(renderSchedule(aSchedule()), 'Who hurts whom');
    expect(pairs).toContain('◀ helps: cheaper');
    expect(pairs).toContain('▲ hurts');
    expect(pairs).toContain('▼ helps');
    expect(pairs).toMatch(/trading NAME\d makes NAME\d cheaper: -0\.\d+ bps/);
    expect(pairs).toMatch(/trading NAME\d makes NAME\d dearer: \+0\.\d+ bps/);
  });

  it('says what is not there, and leaves out what cannot be', () => {
    const page = renderSchedule(bare);
    expect(sectionOf(page, 'Other ways to work it')).toContain('--compare');
    expect(sectionOf(page, 'Cost against risk')).toContain('--frontier');
    expect(headingsOf(renderSchedule({ ...aSchedule({ names: 1 }), pairs: [] }))).not.toContain('Who hurts whom');
    expect(sectionOf(renderSchedule({ ...bare, pairs: [] }), 'Who hurts whom')).toContain('No two names');
  });

  it('stands with nothing to trade and with rows that never come', () => {
    const { names, rows, schedule } = aSchedule();
    const idle = {
      ...bare,
      children: [],
      schedule: schedule.map((row) => row.map(() => 0)),
      cost: { ...bare.cost, expected: 0 },
    };
    expect(saidBy(renderSchedule(idle))).not.toMatch(/NaN|Infinity/);
    const short = { ...bare, rows: rows.slice(0, 1), children: [], schedule: names.map(() => [0]) };
    expect(saidBy(renderSchedule(short))).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('names the artifact, the caps, λ and the outcome of a replan', () => {
    const page = renderSchedule({ ...aSchedule(), replan });
    const settings = textOf(sectionOf(page, 'Settings'));
    for (const text of [
      'ab12'.repeat(16),
      '10.0 % of each bucket',
      'λ = 0.000886',
      'at most 12.0 % is taken',
      'cash 40 bps a day',
    ])
      expect(settings).toContain(text);
    expect(textOf(headerOf(page))).toContain('kept: a new one would save 0.0312 bps');
    expect(textOf(headerOf(page))).toContain('Rest of a basket of 5 names');
    const unfit = renderSchedule({ ...aSchedule(), replan: { ...replan, fits: false, isKept: false } });
    expect(textOf(headerOf(unfit))).toContain('no longer fits');
  });

  it('says price points where moves are price points', () => {
    const text = textOf(renderSchedule({ ...aSchedule(), units: 'price' }).replace(/<style>.*?<\/style>/s, ''));
    expect(text).toContain('price points per unit of the basket');
    expect(text).toContain('m of point value gross');
    expect(text).not.toContain('bps');
  });
});

function scaled(document: ScheduleDocument, factor: number): ScheduleDocument {
  const of = <T extends object>(cost: T): T =>
    Object.fromEntries(Object.entries(cost).map(([part, value]) => [part, factor * value])) as T;
  const comparison = document.comparison!.map((one) => ({
    ...one,
    cost: of(one.cost),
    believedBps: factor * one.believedBps,
  }));
  return { ...document, cost: of(document.cost), comparison };
}

describe('numbers in words', () => {
  it('keeps three digits of a cost', () => {
    expect([11.5, 1, 0.5, 0.0345, 0].map(decimalsOf)).toEqual([2, 2, 3, 4, 2]);
  });

  it('groups digits, and signs what is not nothing', () => {
    expect([1234567.5, -1234, 999].map(grouped)).toEqual(['1,234,567.5', '-1,234', '999']);
    expect([0.65, -0.65, 0.001, -0.001].map((value) => signed(value, 2))).toEqual(['+0.65', '-0.65', '0.00', '0.00']);
    expect([8.7006, 0.09292, 1044.2, 0].map(millions)).toEqual(['8.70', '0.09292', '1044', '0']);
  });

  it('never shows a gap that is better than it is', () => {
    expect([6.97e-7, 9.6e-7, 1e-6, 0.021, 0].map(gapPercent)).toEqual(['0.00007', '0.0001', '0.0001', '3', '0']);
  });

  it('cuts by letters, not by halves of them', () => {
    expect(label('😀😀😀😀', 3)).toBe('😀😀…');
    expect(label(' a\n\tb ', 9)).toBe('a b');
  });
});
