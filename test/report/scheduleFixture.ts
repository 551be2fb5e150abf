import type {
  DocumentChild,
  DocumentComparison,
  DocumentCost,
  DocumentName,
  DocumentRow,
  ScheduleDocument,
} from '../../src/model/scheduleDocument.js';

/** Schedules as they are written, of any size: nobody solved them, but their parts and their children add up. */

const BLOCKS = [
  'BANKS',
  'ENERGY',
  'HEALTH',
  'TECH',
  'UTILITIES',
  'STAPLES',
  'AUTOS',
  'METALS',
  'MEDIA',
  'RETAIL',
  'REITS',
];

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

function row(from: number, to: number, kind: DocumentRow['kind'] = 'continuous'): DocumentRow {
  return { ts: `2024-03-13T${clock(to)}:00.000Z`, start: clock(from), end: clock(to), kind };
}

/** Five minutes each, a break in the middle, an auction and what is left afterwards at the end. */
function rowsOf(count: number): DocumentRow[] {
  const half = Math.ceil(count / 2);
  const continuous = Array.from({ length: count }, (_, t) => {
    const from = 570 + 5 * t + (t >= half ? 60 : 0);
    return row(from, from + 5);
  });
  const end = 570 + 5 * count + 60;
  return [...continuous, row(end, end, 'auction'), row(end, end, 'cleanUp')];
}

export function costOf(parts: Partial<DocumentCost>, deviation: number, gross: number): DocumentCost {
  const each = { spread: 0, temporary: 0, self: 0, cross: 0, earlier: 0, alpha: 0, ...parts };
  const expected = each.spread + each.temporary + each.self + each.cross + each.earlier + each.alpha;
  return { ...each, expected, deviation, q95: expected + 1.6448536 * deviation, expectedMoney: 100 * expected * gross };
}

function nameOf(i: number, blocks: number): DocumentName {
  const shares = (i % 3 === 2 ? -1 : 1) * (1000 + ((7919 * i) % 9973));
  return {
    symbol: `NAME${i + 1}`,
    block: BLOCKS[i % blocks],
    millions: shares * 2.5e-4,
    shares,
    lot: 1,
    unitMillions: 2.5e-4,
    participation: 0.01 + (i % 7) / 100,
    costBps: 3 + (i % 11) / 3,
    nextMillionBps: 5 + (i % 13),
    isKnown: true,
  };
}

/** What is traded of a name: less and less, nothing in the row before the auction, a hundredth afterwards. */
function pathOf(millions: number, rows: number): number[] {
  const weights = Array.from({ length: rows }, (_, t) => (t === rows - 3 ? 0 : t === rows - 1 ? 0 : 0.93 ** t));
  const total = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight, t) => (t === rows - 1 ? 0.01 : (0.99 * weight) / total) * millions);
}

const POLICIES = ['twap', 'vwap', 'staggered', 'independent', 'diagonal', 'half', 'cross'];

function comparisonOf(gross: number): DocumentComparison[] {
  return POLICIES.map((policy, k) => {
    const parts = {
      spread: 1.1 - k / 50,
      temporary: 0.2,
      self: 8.4 + k / 10,
      cross: -1.2 - k / 90,
      earlier: 0.31,
      alpha: -0.12,
    };
    const cost = costOf(parts, 36 - 2.6 * k, gross);
    return {
      policy,
      cost,
      believedBps: policy === 'diagonal' ? cost.expected - cost.cross : cost.expected,
      wasteAtEqualRiskBps: (6 - k) / 11,
      regretWithoutLinksBps: k / 13,
      gap: k < 3 ? null : 3.1e-7,
    };
  });
}

export function aSchedule({ names: count = 5, rows: buckets = 12, blocks = 3 } = {}): ScheduleDocument {
  const rows = rowsOf(buckets);
  const names = Array.from({ length: count }, (_, i) => nameOf(i, blocks));
  const schedule = names.map(({ millions }) => pathOf(millions, rows.length));
  const gross = names.reduce((sum, { millions }) => sum + Math.abs(millions), 0);
  const children = rows.flatMap((_, t) =>
    names.flatMap((name, i): DocumentChild[] => {
      const notional = schedule[i][t];
      if (notional === 0) return [];
      const qty = Math.round(notional / 2.5e-4);
      const participation = 0.01 + ((i + t) % 9) / 100;
      return [
        { row: t, symbol: name.symbol, qty, notional, participation, expectedCostBps: 4.25, marginalCostBps: 6.5 },
      ];
    }),
  );
  const symbols = names.map(({ symbol }) => symbol);
  const pairs = symbols.flatMap((to, i) =>
    symbols
      .slice(0, 6)
      .flatMap((from, j) =>
        i === j ? [] : [{ from, to, costBps: (-1) ** (i + j) * (0.9 / (1 + i + j)), ofItsOwnBps: 2 }],
      ),
  );
  const cost = costOf(
    { spread: 1.013, temporary: 0.207, self: 9.004, cross: -1.271, earlier: 0.3104, alpha: -0.12 },
    21.437,
    gross,
  );
  return {
    kind: 'xim-schedule',
    schemaVersion: 1,
    version: {
      id: 'ab12'.repeat(16),
      folder: '2024-03-13-ab12ab12',
      asof: '2024-03-13',
      certificate: 'passed',
      crossImpact: 'evident',
    },
    date: '2024-03-13',
    timezone: 'America/New_York',
    units: 'bps',
    bucketSeconds: 300,
    modelBuckets: 30,
    rows,
    names,
    settings: {
      side: 'same',
      cap: 0.1,
      urgency: 'medium',
      aversion: 8.861e-4,
      typicalAversion: 8.861e-4,
      maxStep: null,
      temporaryBps: 5,
      close: { share: 0.08, cap: 0.12 },
      unfinishedPenaltyBps: 12,
      balances: { cash: 40 },
    },
    policy: { name: 'cross', reason: 'cross-impact is evident', status: 'optimal', gap: 6.97e-7 },
    gross,
    net: names.reduce((sum, { millions }) => sum + millions, 0),
    cost,
    children,
    schedule,
    pairs: [...pairs].sort((a, b) => Math.abs(b.costBps) - Math.abs(a.costBps)).slice(0, 24),
    comparison: comparisonOf(gross),
    frontier: [0, 2.8e-5, 8.861e-4, 0.028].map((aversion, k) => ({
      aversion,
      expected: 8.1 + k / 3,
      deviation: 33 / (1 + k / 3),
      doneBy: '10:30',
    })),
    state: { kind: 'xim-impact-state', version: 'ab12'.repeat(16), symbols, linear: symbols.map(() => [0, 0]) },
    notes: ['the horizon spans a break: impact is taken not to fade in it, and prices not to move'],
  };
}

/** Means something to browsers. */
export const HOSTILE = [
  '<img src=x onerror=document.title="owned">',
  `"><script>throw 1</script>`,
  `two\nlines\t' & "quotes"`,
  `VERY${'LONG'.repeat(120)}`,
  '\u202Egnidart',
];

/** Every text that data may bring in, hostile. */
export function hostileSchedule(): ScheduleDocument {
  const document = aSchedule({ names: HOSTILE.length, blocks: 5 });
  const renamed = new Map(document.names.map(({ symbol }, i) => [symbol, HOSTILE[i]]));
  const of = (symbol: string) => renamed.get(symbol)!;
  return {
    ...document,
    version: { ...document.version, folder: HOSTILE[0], crossImpact: HOSTILE[1], certificate: HOSTILE[2] },
    timezone: HOSTILE[0],
    names: document.names.map((name, i) => ({
      ...name,
      symbol: of(name.symbol),
      block: HOSTILE[(i + 1) % HOSTILE.length],
      isKnown: false,
    })),
    children: document.children.map((child) => ({ ...child, symbol: of(child.symbol) })),
    pairs: document.pairs.map((pair) => ({ ...pair, from: of(pair.from), to: of(pair.to) })),
    policy: { ...document.policy, name: HOSTILE[0], reason: HOSTILE[1], status: HOSTILE[2] },
    frontier: document.frontier!.map((point) => ({ ...point, doneBy: HOSTILE[1] })),
    settings: { ...document.settings, balances: { [HOSTILE[0]]: 1 } },
    state: { ...document.state, symbols: document.state.symbols.map(of) },
    notes: HOSTILE,
  };
}
