import { exp, log, squared } from '../../numerics/elementary/elementary.js';
import { median } from '../../numerics/statistics.js';

/** Self impacts of N names and what is known of their size. */
export interface SelfImpactSample {
  /** Estimates, bps per million; of either sign. */
  readonly estimates: Float64Array;
  /** Their standard errors; 0 where a name was not measured. */
  readonly errors: Float64Array;
  /** Logs of what self impact should be in proportion to, up to a constant: log(σ_i / V_i). */
  readonly logScales: Float64Array;
}

/** What names say of one another's self impact. */
export interface SelfImpactPrior {
  /** What the cross-section expects of every name, bps per million; 0 for all where no name has a positive estimate. */
  readonly means: Float64Array;
  /** Estimates drawn towards their means, each by its own error; the mean where nothing was measured. */
  readonly posterior: Float64Array;
  /** Elasticity to σ_i / V_i. */
  readonly slope: number;
  /** τ: spread of log self impact about its mean, beyond errors. */
  readonly dispersion: number;
  /** Whether there were names enough to draw estimates; otherwise the posterior is what was measured. */
  readonly isDrawn: boolean;
}

/** Estimates so far below zero contradict positive impact, and a logarithm cannot hold them: they stay as they are. */
const CONTRADICTION = -2;
/** Spread of the slope about 1, which dimensions ask for. */
const SLOPE_SPREAD = 0.25;
/** No volume tells self impact closer than this, nor is any name further off than the other. */
const [LEAST_DISPERSION, MOST_DISPERSION] = [0.05, 5];
/** Student's t for how names differ: one of another kind neither widens the prior nor is drawn to it. */
const TAIL_DEGREES = 4;
const MAX_ITERATIONS = 500;
const TOLERANCE = 1e-9;
/** Steps are halved and bounded: the mode of a weak estimate may lie on either side of a flat stretch. */
const [DAMPING, LONGEST_STEP] = [0.5, 0.5];

/**
 * Cross-sectional prior `log K_ii = a + b log(σ_i/V_i) + τ t_4` (MODEL §4), estimates normal about K_ii, and the posterior
 * modes of log K_ii. The line is by weighted least squares, b drawn towards 1, τ² by moments (Paule and Mandel 1982), in
 * turn with the modes, about which the estimates are expanded: a weak or negative one counts for what it is worth. With few
 * names less is drawn, as an estimated τ asks for (Morris 1983).
 */
export function selfImpactPrior(measured: SelfImpactSample): SelfImpactPrior {
  const sample = { ...measured, errors: credibleErrors(measured) };
  const { estimates, errors } = sample;
  const members = [...estimates.keys()].filter((i) => errors[i] > 0 && estimates[i] > CONTRADICTION * errors[i]);
  if (!members.some((i) => estimates[i] > 0)) return withoutPrior(estimates);
  const logs = startingLogs(members, sample);
  const start = logs.slice();
  const expand = () => members.map((i, m) => expanded(logs[m], estimates[i], errors[i], sample.logScales[i]));
  let section = crossSection(expand(), 1);
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    const seen = expand();
    section = crossSection(seen, section.variance);
    let moved = 0;
    for (const [m, own] of seen.entries()) {
      const step = DAMPING * (mode(own, logs[m], section) - logs[m]);
      const next = logs[m] + Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, step));
      logs[m] = Math.max(start[m] - FURTHEST, Math.min(start[m] + FURTHEST, next));
      moved = Math.max(moved, Math.abs(step));
    }
    if (moved < TOLERANCE) break;
  }
  return published(sample, members, logs, section);
}

/** A name whose estimate speaks against any positive impact would drift without end: e^−12 of what others say is as good as none. */
const FURTHEST = 12;

/** A handful of buckets may be fitted without a rest. No self impact is known better than to a millionth of itself. */
const LEAST_RELATIVE_ERROR = 1e-6;

const credibleErrors = ({ estimates, errors }: SelfImpactSample): Float64Array =>
  errors.map((error, i) => (error > 0 ? Math.max(error, LEAST_RELATIVE_ERROR * Math.abs(estimates[i])) : 0));

/** In proportion to the scales: what a weak estimate cannot move stays near what the others say. */
function startingLogs(members: readonly number[], { estimates, logScales }: SelfImpactSample): Float64Array {
  const positive = members.filter((i) => estimates[i] > 0);
  const level = median(positive.map((i) => log(estimates[i]) - logScales[i]));
  return Float64Array.from(members, (i) => level + logScales[i]);
}

const withoutPrior = (estimates: Float64Array): SelfImpactPrior => ({
  means: new Float64Array(estimates.length),
  posterior: estimates.slice(),
  slope: 1,
  dispersion: 0,
  isDrawn: false,
});

function published(
  { estimates, errors, logScales }: SelfImpactSample,
  members: readonly number[],
  logs: Float64Array,
  { line, variance, degrees }: CrossSection,
): SelfImpactPrior {
  const means = logScales.map((scale) => exp(expected(line, scale)));
  const posterior = estimates.map((estimate, i) => (errors[i] > 0 ? estimate : means[i]));
  const isDrawn = degrees > 2;
  if (isDrawn) for (const [m, i] of members.entries()) posterior[i] = exp(logs[m]);
  return { means, posterior, slope: line.slope, dispersion: Math.sqrt(variance), isDrawn };
}

interface Line {
  readonly intercept: number;
  readonly slope: number;
  /** Scale at which the slope has no say, and the variance of the slope. */
  readonly centre: number;
  readonly slopeVariance: number;
}

const expected = ({ intercept, slope }: Line, scale: number): number => intercept + slope * scale;

/** What an uncertain slope adds to τ² away from the centre. */
const uncertain = ({ centre, slopeVariance }: Line, scale: number): number => slopeVariance * squared(scale - centre);

interface CrossSection {
  readonly line: Line;
  /** τ², and the τ² to shrink by. */
  readonly variance: number;
  readonly widened: number;
  /** Names, counted by what each tells of the line, less what the line takes. */
  readonly degrees: number;
}

/** A log self impact as its estimate shows it: value and error of the expansion about where it is thought to be. */
interface Seen {
  readonly value: number;
  readonly error: number;
  readonly scale: number;
}

function expanded(log: number, estimate: number, error: number, scale: number): Seen {
  const size = exp(log);
  return { value: log + (estimate - size) / size, error: error / size, scale };
}

/** Mean of `z² tailWeight(z²)` for a normal z, so that τ is that of names without outliers. */
const NORMAL_MEAN = 0.7864;

/** Weight of Student's t beside a normal of the same scale. */
const tailWeight = (square: number): number => (TAIL_DEGREES + 1) / (TAIL_DEGREES + square);

/** Line given τ², then τ² given the line. */
function crossSection(seen: readonly Seen[], before: number): CrossSection {
  const precision = seen.map(({ error }) => 1 / (error * error + before));
  const first = weightedLine(seen, precision);
  const robust = seen.map((own, m) => precision[m] * tailWeight(squared(gapOf(own, first.line)) * precision[m]));
  const { line, taken } = weightedLine(seen, robust);
  const total = precision.reduce((sum, w) => sum + w, 0);
  const names = squared(total) / precision.reduce((sum, w) => sum + w * w, 0);
  const variance = momentVariance(seen, line, seen.length - taken);
  const degrees = names - taken;
  return { line, variance, widened: widenedBy(degrees, variance, names / total - before), degrees };
}

/** Shrinkage `e²/(e²+τ²)` by an estimated τ² is too much by `m/(m−2)` at m degrees: the same as a wider prior (Morris 1983). */
function widenedBy(degrees: number, variance: number, errorSquare: number): number {
  return degrees > 2 ? (variance * degrees + 2 * Math.max(0, errorSquare)) / (degrees - 2) : variance;
}

const gapOf = ({ value, scale }: Seen, line: Line): number => value - expected(line, scale);

/** Weighted least squares with a normal prior of the slope about 1; `taken` are the degrees of freedom that it costs. */
function weightedLine(seen: readonly Seen[], weights: readonly number[]): { line: Line; taken: number } {
  const total = weights.reduce((sum, w) => sum + w, 0);
  const mean = (of: (own: Seen) => number) => seen.reduce((sum, own, m) => sum + weights[m] * of(own), 0) / total;
  const [x, y] = [mean(({ scale }) => scale), mean(({ value }) => value)];
  const square = total * mean(({ scale }) => squared(scale - x));
  const product = total * mean(({ scale, value }) => (scale - x) * (value - y));
  const prior = 1 / squared(SLOPE_SPREAD);
  const slope = (product + prior) / (square + prior);
  const line = { intercept: y - slope * x, slope, centre: x, slopeVariance: 1 / (square + prior) };
  return { line, taken: 1 + square / (square + prior) };
}

/** τ² at which squared gaps, each in units of its variance and weighed by its tail, are as many as their degrees of freedom. */
function momentVariance(seen: readonly Seen[], line: Line, degrees: number): number {
  const excess = (variance: number) =>
    seen.reduce((sum, own) => {
      const square = squared(gapOf(own, line)) / (own.error * own.error + variance);
      return sum + square * tailWeight(square);
    }, -NORMAL_MEAN * degrees);
  let [low, high] = [squared(LEAST_DISPERSION), squared(MOST_DISPERSION)];
  if (!(degrees > 0) || excess(low) <= 0) return low;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  return high;
}

/** Where estimate and prior meet. */
function mode(own: Seen, log: number, { line, variance, widened }: CrossSection): number {
  const mean = expected(line, own.scale);
  const spread = uncertain(line, own.scale);
  const pull = tailWeight(squared(log - mean) / (variance + spread)) / (widened + spread);
  const precision = 1 / squared(own.error);
  return (precision * own.value + pull * mean) / (precision + pull);
}
