// Numerics against numpy, scipy and scikit-learn on two threads, in the same run: ratios above 1 beat the peer.
// Usage: node test/bench/numerics.js [--json]
import { bucketGrid } from '../../dist/model/grid.js';
import { projectToCone } from '../../dist/numerics/feasibleSet.js';
import { randomStream } from '../../dist/numerics/random.js';
import { accumulateDay } from '../../dist/stages/fit/accumulate.js';
import { elasticNetByRows } from './elasticNet.js';
import { projection } from './projection.js';
import { aboutPeer, counted, estimate, matrixPeer, peer, withHelper } from './support.js';

const BUCKETS = 23_400;
const FACTORS = 6;
const DECAY = Float64Array.of(Math.exp(-1 / 2), Math.exp(-1 / 20), Math.exp(-1 / 200), 1);

/** A day of moves and flow without meaning: the work does not depend on what they say. */
function dayOf(names, density) {
  const random = randomStream(1);
  const grid = bucketGrid({ timezone: 'UTC', sessions: [['09:30', '16:00']] }, '2024-01-02', 1e9);
  const flow = { bucket: [], name: [], signedNotional: [] };
  for (let t = 0; t < BUCKETS; t++)
    for (let i = 0; i < names; i++)
      if (density >= 1 || random.uniform() < density) {
        flow.bucket.push(t);
        flow.name.push(i);
        flow.signedNotional.push(random.normal());
      }
  return {
    symbols: Array.from({ length: names }, (_, i) => `S${i}`),
    grid,
    market: {
      moveBps: Float64Array.from({ length: names * BUCKETS }, () => random.normal()),
      flags: new Uint8Array(names * BUCKETS),
    },
    flow: {
      bucket: Int32Array.from(flow.bucket),
      name: Int32Array.from(flow.name),
      signedNotional: Float64Array.from(flow.signedNotional),
    },
    factors: {
      names: Array.from({ length: FACTORS }, (_, f) => `F${f}`),
      moveBps: Float64Array.from({ length: BUCKETS * FACTORS }, () => random.normal()),
    },
  };
}

function moments(names, density, mark) {
  const day = dayOf(names, density);
  const work = () =>
    accumulateDay(day, { decay: DECAY, transform: { concavity: 1, liquidity: 0 }, foldBuckets: 'day' });
  counted(work);
  const { seconds, multiplications, megabytes } = counted(work);
  const other = peer('moments', names, BUCKETS, density, FACTORS);
  return {
    name: `moments of a day N=${names}, P=4, ${100 * density} % of cells with flow`,
    seconds,
    megabytes,
    counts: { multiplications },
    ...(other ? { peer: "Z'Z in numpy", peerSeconds: other[0], peerFacts: { productsAlone: other[1] } } : {}),
    mark,
  };
}

function cone(n) {
  const matrix = estimate(n);
  const runs = [1, 2, 3].map(() => counted(() => projectToCone(matrix)));
  const { multiplications, megabytes } = runs[0];
  const other = matrixPeer('cone', matrix);
  return {
    name: `projection onto the cone n=${n}`,
    seconds: Math.min(...runs.map((run) => run.seconds)),
    megabytes,
    counts: { multiplications },
    ...(other ? { peer: 'eigh and rebuild in numpy', peerSeconds: other[0] } : {}),
    mark: 0.8,
  };
}

const works = [
  () => projection(100),
  () => projection(500),
  () => cone(500),
  () => cone(1000),
  () => elasticNetByRows(500),
  () => moments(500, 0.01, 15),
  () => moments(500, 0.05, 5),
  () => moments(500, 1, 0.9),
];
const asJson = process.argv.includes('--json');
const blas = aboutPeer();
if (!asJson) console.log(`peer: ${blas}`);
const end = await withHelper();
const results = works.map((work) => {
  const result = work();
  const ratio = result.peerSeconds === undefined ? null : result.peerSeconds / result.seconds;
  if (!asJson) {
    const compared = ratio === null ? 'peer missing' : `${ratio.toFixed(2)}× ${result.peer}`;
    const mark = result.mark === null ? '' : `, mark ${result.mark}×`;
    console.log(
      `${result.name.padEnd(52)} ${result.seconds.toFixed(2).padStart(6)} s  ${result.megabytes.toFixed(0).padStart(5)} MB  ${compared}${mark}`,
    );
  }
  return { ...result, ratio, ...(ratio === null ? {} : { blas }) };
});
end();
if (asJson) console.log(JSON.stringify(results, null, 2));
