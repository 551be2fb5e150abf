// The concave family against the linear one in this process: what its sums and its fit cost beside those without terms.
// Usage: node test/bench/concave.js [--json] [--names 500]
import { parseArgs } from 'node:util';
import { bucketGrid } from '../../dist/model/grid.js';
import { decays, kernelGrid } from '../../dist/model/kernel.js';
import { sumMoments } from '../../dist/model/moments.js';
import { sumOwn } from '../../dist/model/ownMoments.js';
import { randomStream } from '../../dist/numerics/random.js';
import { calibrateFamily } from '../../dist/stages/constrain/calibrateFamily.js';
import { accumulateDay } from '../../dist/stages/fit/accumulate.js';
import { accumulateConcave } from '../../dist/stages/fit/concave/accumulateConcave.js';
import { keptShares } from '../../dist/stages/fit/concave/keptDecay.js';
import { typicalFlows } from '../../dist/stages/fit/concave/typicalFlow.js';
import { decayProfile } from '../../dist/stages/fit/decayProfile.js';
import { accumulateFamily } from '../../dist/stages/fit/family/accumulateFamily.js';
import { chooseFamily } from '../../dist/stages/fit/family/familyChoice.js';
import { wholeOf } from '../../dist/stages/fit/mergedSample.js';
import { accumulateOwn } from '../../dist/stages/fit/ownMoments.js';
import { withHelper } from './support.js';

const kept = (tau) => Math.exp(-1 / tau);
const DECAY = Float64Array.of(kept(2), kept(20), kept(200), 1);
const CONCAVE = [1, 5, 30, 100].map(kept);
const PLAIN = { concavity: 1, liquidity: 0 };
const BLOCK_NAMES = 25;

/** A day of own impact that is concave, in noise of about its size. */
function dayOf(names, buckets, density) {
  const random = randomStream(1);
  const seconds = Math.floor(23_400 / buckets);
  const grid = bucketGrid({ timezone: 'UTC', sessions: [['09:30', '16:00']] }, '2024-01-02', seconds * 1e9);
  const moveBps = Float64Array.from({ length: names * buckets }, () => random.normal());
  const depth = moveBps.map(() => Math.exp(0.5 * random.normal()));
  const flow = { bucket: [], name: [], signedNotional: [] };
  for (let t = 0; t < buckets; t++)
    for (let i = 0; i < names; i++) {
      if (random.uniform() >= density) continue;
      const u = random.normal();
      flow.bucket.push(t);
      flow.name.push(i);
      flow.signedNotional.push(u);
      moveBps[i * buckets + t] += Math.sign(u) * Math.sqrt(Math.abs(u));
    }
  return {
    symbols: Array.from({ length: names }, (_, i) => `S${i}`),
    grid,
    market: { moveBps, flags: new Uint8Array(names * buckets), bidDepth: depth, askDepth: depth },
    flow: {
      bucket: Int32Array.from(flow.bucket),
      name: Int32Array.from(flow.name),
      signedNotional: Float64Array.from(flow.signedNotional),
    },
    factors: { names: [], moveBps: new Float64Array(0) },
  };
}

function timed(work) {
  const began = performance.now();
  const result = work();
  return { result, seconds: (performance.now() - began) / 1000 };
}

const basisOf = (names) => ({
  power: 0.4,
  scales: new Float64Array(names).fill(0.5),
  decay: Float64Array.from(CONCAVE),
  modes: [],
});

/** The defaults of the configuration, as `calibrationParams` makes them. */
const paramsOf = (names) => ({
  defactor: {
    residualize: 'both',
    ridge: 0,
    derived: false,
    blocks: Array.from({ length: names }, (_, i) => `B${Math.floor(i / BLOCK_NAMES)}`),
  },
  estimator: 'symmetric',
  kernelForm: 'scalar',
  weights: 'full',
  lambda: 'auto',
  penalty: { kind: 'ridge', l1Ratio: 0, restrictions: { zero: [], equal: [] }, turnover: 0 },
  target: 'blocks',
  intensity: 'auto',
  tail: { tMin: 2, signStability: 0.6, apply: 'auto' },
  floor: 0.1,
});

function fits(names) {
  const day = dayOf(names, 4680, 0.05);
  const lagDecay = Float64Array.of(0, ...[1, 5, 30, 150, 600].map(kept), 1);
  const accumulate = { decay: DECAY, lagDecay, transform: PLAIN, foldBuckets: 936 };
  const grid = kernelGrid(5000, 4680);
  const own = accumulateOwn(day, { ...accumulate, decay: decays(grid) });
  const profile = decayProfile({ total: sumOwn(own), folds: own, basis: grid });
  const sums = timed(() => accumulateDay(day, accumulate));
  const terms = timed(() => accumulateConcave(day, accumulate, basisOf(names)));
  const folds = sums.result.map((fold, k) => ({ ...fold, concave: terms.result[k] }));
  const params = paramsOf(names);
  const concave = {
    basis: basisOf(names),
    typical: Float64Array.from(typicalFlows(day, PLAIN), (size) => size ?? 1),
    linearDecay: DECAY,
    lagDecay,
    kept: profile ? keptShares(profile, 4680) : [],
    hasLinear: true,
  };
  const limits = { rho: 0.9, metric: 'frobenius' };
  const whole = wholeOf(sumMoments(folds), params.defactor);
  // Twice in turn: the first fit warms what both of them use.
  const runs = [1, 2].map(() => ({
    linear: timed(() => calibrateFamily(folds, params, limits, whole)).seconds,
    bent: timed(() => calibrateFamily(folds, { ...params, concave }, limits, whole)).seconds,
  }));
  const [linear, bent] = ['linear', 'bent'].map((kind) => ({ seconds: Math.min(...runs.map((run) => run[kind])) }));
  const size = `N=${names}, 4680 buckets, 5 % of cells with flow`;
  return [
    {
      name: `sums of concave terms, ${size}`,
      seconds: terms.seconds,
      peer: 'sums of the day',
      peerSeconds: sums.seconds,
    },
    {
      name: `fit with concave terms, ${size}`,
      seconds: bent.seconds,
      peer: 'linear fit',
      peerSeconds: linear.seconds,
      mark: 1.5,
    },
  ];
}

function choice() {
  const names = 16;
  const day = dayOf(names, 23_400, 0.3);
  const after = (power) => ({ kind: 'after', power, scale: 0.5 });
  const spec = (gammas, shapes) => ({
    names: Array.from({ length: names }, (_, i) => i),
    factors: 0,
    gammas,
    shapes,
    horizons: [1, 10, 60],
    linearDecay: [0, ...[1, 5, 30, 150].map(kept), 1],
    concaveDecay: CONCAVE,
  });
  const first = spec([0, 0.15, 0.25, 0.35, 0.5], [{ kind: 'linear' }, after(0.4), { kind: 'before', power: 0.5 }]);
  const second = spec([0.25], [0.2, 0.3, 0.4, 0.5, 0.65, 0.8].map(after));
  return [first, second].flatMap((each, k) => {
    const sums = timed(() => accumulateFamily(day, each, 2340));
    const chosen = timed(() => chooseFamily(sums.result, each));
    const what = k === 0 ? 'γ and the shape' : 'how far impact bends';
    return [
      { name: `sums for ${what}, 16 names × 23 400 buckets`, seconds: sums.seconds },
      { name: `choice of ${what}, 10 folds`, seconds: chosen.seconds },
    ];
  });
}

const { values } = parseArgs({ options: { json: { type: 'boolean' }, names: { type: 'string', default: '500' } } });
const end = await withHelper();
const results = [...choice(), ...fits(Number(values.names))].map((row) => ({
  ...row,
  megabytes: process.resourceUsage().maxRSS / 1024,
  ...(row.peerSeconds === undefined ? {} : { ratio: row.seconds / row.peerSeconds }),
}));
end();
for (const { name, seconds, peer, ratio, mark } of values.json ? [] : results) {
  const compared = peer === undefined ? '' : `${ratio.toFixed(2)}× ${peer}`;
  const bound = mark === undefined ? '' : `, mark at most ${mark}×`;
  console.log(`${name.padEnd(70)} ${seconds.toFixed(2).padStart(6)} s  ${compared}${bound}`);
}
if (values.json) console.log(JSON.stringify(results, null, 2));
