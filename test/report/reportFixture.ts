import type { StoredCertificate } from '../../src/model/manifest.js';
import type { ReplayComparison, ReplayedAgainst } from '../../src/model/scheduleReplay.js';
import type { GroupScore } from '../../src/model/scorecard.js';
import type { MatrixReportData, ReportData } from '../../src/report/reportData.js';

/** A report of three names with something in every section, as it is read back from `report.json`. */
const compared = (against: ReplayedAgainst, changes: Partial<ReplayComparison>): ReplayComparison => ({
  against,
  verdict: 'established',
  saving: {
    raw: { value: 0.5, low: 0.125, high: 0.875 },
    diagonal: { value: 0.25, low: 0.0625, high: 0.375 },
    kyle: { value: 0.375 },
  },
  promised: 0.625,
  timing: { value: 0.03125, low: -0.5, high: 0.5625 },
  isTimed: false,
  risk: 1.25,
  reasons: [],
  ...changes,
});

export const fullReport = (): ReportData => JSON.parse(JSON.stringify(REPORT));

/** The same of a matrix that came without data. */
export function matrixReport(): MatrixReportData {
  const { model, asof, gates, names, notes, inputs, producer, config } = fullReport();
  const { normalised, spectrum, projection, certificate, certificateBefore, guardrails } = fullReport();
  const constraints = { normalised, spectrum, projection, certificate, certificateBefore, guardrails };
  const plain = names.map(({ symbol, block }) => ({ symbol, block }));
  return { model, asof, gates, names: plain, notes, inputs, producer, config, ...constraints };
}

const passed: StoredCertificate = {
  status: 'passed',
  checks: [
    { name: 'symmetric', value: 0, bound: 0, sense: 'atMost', passed: true },
    { name: 'psd_min_eigenvalue', value: 0.2, bound: 0, sense: 'atLeast', passed: true },
  ],
  witness: null,
};

const failed: StoredCertificate = {
  status: 'failed',
  checks: [{ name: 'psd_min_eigenvalue', value: -0.3, bound: 0, sense: 'atLeast', passed: false }],
  witness: {
    symbols: ['AAA', 'BBB'],
    trades: [
      { bucket: 0, millions: [1, -2] },
      { bucket: 3, millions: [-1, 2] },
    ],
    turnoverMillions: 6,
    gainBps: 0.25,
    gain: 150,
  },
};

const group = (dimension: GroupScore['dimension'], name: string): GroupScore => ({
  dimension,
  group: name,
  parents: 40,
  notional: 12,
  shortfall: {
    mean: { value: 3.25, low: 2.125, high: 4.375 },
    median: { value: 3 },
    q95: { value: 20 },
    q99: { value: 31, low: 25, high: 40 },
  },
  notionalMeanBps: 3.5,
  parts: { spread: 0.5, residual: 2.75 },
  completion: 0.99,
  deadlineMisses: 2,
});

const matrix = [
  [1, 0.3, -0.1],
  [0.3, 1, 0],
  [-0.1, 0, 1],
];
const idle = { fired: 0, longest: 0, buckets: 0, moves: 0 };
const noErrors = { squaredErrorFull: 0, squaredErrorFallback: 0, moneyFull: 0, moneyFallback: 0 };
const perName = { zero: [0, 0, 0], diagonal: [0.1, 0.2, 0.05], block: [0.1, 0.2, 0.1], fitted: [0.2, 0.3, 0.1] };
const pooled = { zero: 0, diagonal: 0.12, block: 0.14, fitted: 0.21 };

const family = { liquidity: 0.25, r2: [0.25, 0.3125], beyondChoice: 0, error: 0.015625, isChosen: false };

const REPORT: ReportData = {
  model: 'desk',
  asof: '2024-03-13',
  window: { dates: ['2024-03-12', '2024-03-13'], folds: 2, buckets: 1000 },
  effectiveBuckets: 400,
  referenceOrders: [
    { order: 'AAA', kind: 'name', seconds: 60, value: 1.25, low: 1, high: 1.5 },
    { order: 'one-sided basket', kind: 'basket', seconds: 3600, value: 0.5, alone: 0.375 },
  ],
  basketCosts: [
    { label: 'buy every name', published: 1.5, value: 1.75, low: 1.125, high: 2.375 },
    { label: 'buy half, sell half', published: 0.5, value: 0.625 },
  ],
  verdict: {
    gates: 'failed',
    crossImpact: 'evident',
    links: 'live',
    headline: '1 gate failed: oos_cross_gain',
    sentence: 'cross-impact is evident',
  },
  links: [
    { row: 'AAA', column: 'BBB', value: 3.125, low: 2.5, high: 3.75 },
    { row: 'AAA', column: 'CCC', value: -1.125 },
  ],
  sinceChampion: {
    champion: 'c0ffee00'.repeat(8),
    links: [{ row: 'AAA', column: 'BBB', from: 2.25, to: 3.125 }],
  },
  gates: [
    { name: 'certificate', verdict: 'passed', value: 0, bound: 0, reason: 'all checks hold' },
    { name: 'oos_cross_gain', verdict: 'failed', value: -0.5, bound: 0, low: -0.75, high: -0.25, reason: 'links hurt' },
    { name: 'q95_improvement', verdict: 'not applicable', reason: 'no arms' },
    { name: 'completion', verdict: 'not enough data', reason: 'few orders' },
  ],
  names: ['AAA', 'BBB', 'CCC'].map((symbol, i) => ({
    symbol,
    block: i < 2 ? 'tech' : 'banks',
    selfImpact: 10 + i,
    selfImpactError: 0.5,
    residualVolBps: 2,
    factorR2: 0.3,
    flowFactorR2: 0.1,
    missingShare: 0.01,
    rowMoved: i === 0 ? 0.125 : 0,
    loadings: [1],
    loadingErrors: [0.1],
  })),
  normalised: { raw: matrix, shrunk: matrix, final: matrix, change: matrix },
  spectrum: { before: [-0.3, 1, 1.3], after: [0.2, 1, 1.3] },
  projection: {
    metric: 'frobenius',
    status: 'converged',
    distance: 0.4,
    dualityGap: 1e-9,
    iterations: 12,
    floored: ['CCC'],
  },
  certificate: passed,
  certificateBefore: failed,
  guardrails: { conditionNumber: 6.5, crossShare: 0.2, basketNorm: 0.4 },
  kernel: {
    form: 'modes',
    bucketMs: 1000,
    tauSeconds: [5, 60, 'permanent'],
    weights: [0.5, 0.3, 0.2],
    concavity: 1,
    tauPath: [{ tauSeconds: [5, 'permanent'], error: 0.75 }],
    bands: [
      { seconds: 1, value: 0.9, low: 0.85, high: 0.95 },
      { seconds: 60, value: 0.4, low: 0.3, high: 0.5 },
    ],
    lags: [
      { seconds: 0, level: 1, predicted: 0.9 },
      { seconds: 5, level: 0.8, low: 0.6, high: 1.1, predicted: 0.7 },
    ],
    modes: [{ label: 'market', weights: [0.1, 0.2, 0.3] }],
    why: 'Modes: baskets decay at a speed of their own.',
    baskets: [
      { basket: 'market', seconds: 600, scalar: 0.2, modes: 0.3, low: 0.25, high: 0.375 },
      { basket: 'tech', seconds: 3600, scalar: 0.2, modes: null, low: 0.125, high: null },
    ],
    strength: null,
    strengthPath: [],
    concavityPath: [{ concavity: 0.5, error: 0.875 }],
    status: 'converged',
    curve: [0, 1, 5, 60, 180].map((seconds) => ({ seconds, level: 1 / (1 + seconds / 60) })),
  },
  families: {
    sentence: 'Impact bends with size.',
    shape: { kind: 'after', power: 0.3, scale: 0.5 },
    liquidity: 0.25,
    horizonSeconds: [1, 60],
    comparisons: [
      {
        testGroups: 6,
        scores: [
          { ...family, shape: { kind: 'linear' }, liquidity: 0, mean: 0.2, beyondChoice: -0.0625, error: 0.03125 },
          { ...family, shape: { kind: 'linear' }, liquidity: 0.25, mean: 0.25, beyondChoice: -0.03125 },
          { ...family, shape: { kind: 'after', power: 0.4, scale: 0.5 }, mean: 0.28125, error: 0, isChosen: true },
          { ...family, shape: { kind: 'before', power: 0.5 }, mean: 0.375, beyondChoice: 0.09375 },
        ],
      },
      {
        testGroups: 6,
        scores: [
          { ...family, shape: { kind: 'after', power: 0.3, scale: 0.5 }, mean: 0.3125, error: 0, isChosen: true },
          { ...family, shape: { kind: 'after', power: 0.4, scale: 0.5 }, mean: 0.28125, beyondChoice: -0.03125 },
        ],
      },
    ],
    withheldGain: 0.0625,
    links: { linear: 0.25, concave: 0.125 },
  },
  concave: {
    power: 0.3,
    tauSeconds: [1, 30],
    links: 'concave',
    names: ['AAA', 'BBB', 'CCC'].map((symbol) => ({ symbol, bend: 0.0625, typical: 0.125, share: 0.75 })),
    modes: [{ label: 'market', weights: [0.5, 0.25] }],
  },
  responses: ['AAA', 'CCC'].map((symbol) => ({
    symbol,
    curve: [0, 1, 2].map((flow) => ({ flow, move: 2 * flow })),
    points: [
      { flow: 0.5, move: 1.125, error: 0.25, buckets: 40 },
      { flow: 1.5, move: 2, error: 0.125, buckets: 40 },
    ],
  })),
  scores: { trainFolds: 1, testFolds: 1, pooled, perName, crossGain: { value: 0.09, low: 0.0625, high: 0.1875 } },
  holdOut: { trainFolds: 1, testFolds: 1, pooled, perName, crossGain: { value: 0.09 } },
  horizons: [{ label: '30s', fitted: 0.2, own: 0.1, calibrationSlope: 1.0625, windows: 99 }],
  shrinkage: {
    lambda: 0.03,
    intensity: 0.5,
    tailLinks: 1,
    lambdaPath: [{ lambda: 0.03, error: 0.9375 }],
    marketMean: 0.1,
    marketT: 3,
    optimalityResidual: 1e-12,
    tailIsCut: true,
    links: 3,
    meanLinkWithFactors: 0.1,
    meanLinkWithoutFactors: 0.4,
  },
  admission: {
    steps: [
      { constraint: 'none', inSample: 0.25, outOfSample: 0.2 },
      { constraint: 'cross bound', inSample: 0.24, outOfSample: null },
    ],
    asymmetry: { ratio: 0.25, bound: 0.5 },
  },
  scorecard: {
    parents: 40,
    intervals: { coverage: 0.9, clusteredBy: 'basket', clusters: 10 },
    groups: [group('all', 'all'), group('arm', 'control'), group('arm', 'treated'), group('block', 'tech')],
    comparisons: [
      {
        control: 'control',
        treatment: 'treated',
        orders: { control: 20, treatment: 20 },
        mean: { value: -0.5, low: -1.5, high: 0.5, pValue: 0.25 },
        q95: { value: -2 },
        q95Improvement: { value: 0.1 },
        completion: { value: 0, low: -0.125, high: 0.125 },
      },
    ],
    distributions: ['control', 'treated'].map((arm, k) => ({
      group: arm,
      probabilities: [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99],
      shortfall: [-20, -9, -5, -1, 3, 8, 14, 20, 31].map((cost) => cost - k),
    })),
    issues: [{ issue: 'fill_duplicate', meaning: 'set aside', count: 3 }],
    notes: ['one arm is small'],
  },
  scheduleReplay: {
    baskets: {
      ...{ found: 30, replayed: 24, notDrawn: 3, unfinished: 2 },
      ...{ oneName: 2, unfilled: 0, halted: 1, acrossSessions: 0, twoSided: 0, tooShort: 0 },
    },
    days: 6,
    groups: 6,
    millions: 240,
    comparisons: [
      compared('executed', { verdict: 'established', share: 0.0625, needed: 9 }),
      compared('vwap', {
        verdict: 'not established',
        reasons: ["the lower bound is not above zero under Kyle's matrix"],
      }),
      compared('diagonal', { verdict: 'not established', reasons: ['the slope may be zero'], isTimed: true }),
    ],
    slope: { value: 0.875, low: 0.25, high: 1.5 },
    notes: ['2 baskets were not filled in full'],
  },
  guardrailHistory: {
    bucketMs: 1000,
    segments: [
      { date: '2024-03-13', fromBucket: 0, toBucket: 400, state: 'full', reasons: [] },
      { date: '2024-03-13', fromBucket: 400, toBucket: 500, state: 'diagonal', reasons: ['dataLag'] },
    ],
    guardrails: [{ ...idle, ...noErrors, guardrail: 'dataLag', demands: 'diagonal' }],
    totals: {
      buckets: 500,
      inState: { full: 400, crossFrozen: 0, blockDiagonal: 0, diagonal: 100 },
      belowFull: { buckets: 100, moves: 0, ...noErrors },
      blocksScoredAs: 'blocks',
    },
  },
  diagnoses: [
    {
      mode: 'crowding',
      verdict: 'red',
      value: 3,
      bound: 2,
      evidence: 'crowded flow moves more',
      remedy: 'separate the crowd',
      detail: [{ symbol: 'AAA', z: 3 }],
    },
  ],
  regimes: {
    edges: { spread: [1] },
    multipliers: [{ cell: 'spread:high', multiplier: 1.125 }],
    cells: [{ cell: 'spread:high', slope: 1.25, standardError: 0.1, multiplier: 1.125, buckets: 500 }],
  },
  factors: { names: ['market'], largestResidualCorrelation: 1e-9, note: 'Factors: market.' },
  dataQuality: [{ date: '2024-03-13', dataset: 'quotes', rows: 100, used: 98, quarantined: { crossed: 2 } }],
  leadLagMap: {
    symbols: ['AAA', 'BBB', 'CCC'],
    lagMs: [
      [0, 1000, 0],
      [-1000, 0, 0],
      [0, 0, 0],
    ],
    excess: [
      [0, 0.25, 0],
      [-0.25, 0, 0],
      [0, 0, 0],
    ],
  },
  leadLag: [{ leader: 'AAA', follower: 'BBB', lagMs: 1000, correlation: 0.5, atZero: 0.25 }],
  notes: ['no events dataset: nothing is masked'],
  inputs: [{ dataset: 'quotes', date: '2024-03-13', sha256: 'ab', rows: 100 }],
  producer: { name: 'xim', packageVersion: '0.1.0', methodVersion: 4 },
  config: { model: 'desk' },
};
