// The elastic net row by row from moments, and scikit-learn's coordinate descent on the same objective.
// Usage: node test/bench/elasticNet.js [N …]
import { combine, innerProduct, mapEntries, multiply, transpose, zeros } from '../../dist/numerics/dense.js';
import { elasticNet, largestLasso } from '../../dist/numerics/elasticNet/elasticNet.js';
import { randomStream } from '../../dist/numerics/random.js';
import { counted, matrixPeer } from './support.js';

const BUCKETS = 20_000;
/** Buckets drawn at a time, so that the sample itself needs no room. */
const BLOCK = 1_000;
/** Share of the links that are not zero in the truth, and penalties that keep about as many in the estimate. */
const LINKED = 0.08;
const LASSO_SHARE = 0.042;
const RIDGE_SHARE = 0.02;
/** The violation that the peer is asked for, too: a direct solution leaves less than any sweeps can. */
const ASKED = 1e-10;
const ROWWISE = { symmetric: false };

export function elasticNetByRows(n) {
  const { gram, cross, moveSquares } = sampleMoments(n);
  const penalty = {
    ridge: RIDGE_SHARE * meanDiagonal(gram),
    lasso: LASSO_SHARE * largestLasso({ gram, cross }, ROWWISE),
  };
  const work = () => elasticNet({ gram, cross }, penalty, { target: zeros(n) }, ROWWISE);
  counted(work);
  const { result, seconds, multiplications, megabytes } = counted(work);
  const { status, iterations, solution } = result;
  const reached = optimality(gram, cross, solution, penalty);
  const sample = stacked(moveSquares, gram, cross);
  const asked = Math.max(reached.violation, ASKED);
  const other = matrixPeer('elasticNet', sample, penalty.ridge, penalty.lasso, reached.objective, asked);
  return {
    name: `elastic net row by row N=${n}`,
    seconds,
    megabytes,
    counts: { multiplications, iterations },
    facts: { status, ...reached, linkShare: linkShare(solution) },
    ...(other ? peerResult(other) : {}),
    mark: 4,
  };
}

/** Seconds to an equal violation count; those to an equal objective alone, a looser end, are a fact beside. */
function peerResult([peerSeconds, ...others]) {
  const names = [
    'oneThreadSeconds',
    'twoThreadsSeconds',
    'eliminationSeconds',
    'tolerance',
    'sweeps',
    'objective',
    'violation',
    'sameObjectiveSeconds',
    'sameObjectiveTolerance',
    'sameObjectiveViolation',
  ];
  return {
    peer: 'scikit-learn',
    peerSeconds,
    peerFacts: Object.fromEntries(names.map((name, k) => [name, others[k]])),
  };
}

/** Flow with a common factor, and moves that a sparse matrix makes of it under noise of twice its size. */
function sampleMoments(n) {
  const random = randomStream(n);
  const truth = mapEntries(zeros(n), (_, i, j) => {
    if (i === j) return 1;
    return random.uniform() < LINKED ? 0.1 * random.normal() : 0;
  });
  const loadings = Float64Array.from({ length: n }, () => 0.3 + 0.4 * random.uniform());
  let [gram, cross] = [zeros(n), zeros(n)];
  const moveSquares = new Float64Array(n);
  for (let from = 0; from < BUCKETS; from += BLOCK) {
    const flow = drawFlow(random, loadings);
    const moves = mapEntries(multiply(flow, transpose(truth)), (v) => v + 2 * random.normal());
    gram = combine(gram, 1, multiply(transpose(flow), flow), 1 / BUCKETS);
    cross = combine(cross, 1, multiply(transpose(moves), flow), 1 / BUCKETS);
    moves.data.forEach((v, k) => {
      moveSquares[k % n] += v ** 2 / BUCKETS;
    });
  }
  return { gram, cross, moveSquares };
}

function drawFlow(random, loadings) {
  const n = loadings.length;
  const flow = zeros(BLOCK, n);
  for (let t = 0; t < BLOCK; t++) {
    const common = random.normal();
    for (let i = 0; i < n; i++)
      flow.data[t * n + i] = loadings[i] * common + Math.sqrt(1 - loadings[i] ** 2) * random.normal();
  }
  return flow;
}

/** The objective, and by how much the worst entry misses its optimality condition, each written down plainly. */
function optimality(gram, cross, y, { ridge, lasso }) {
  const n = gram.rows;
  const product = multiply(y, gram);
  let objective = innerProduct(y, product) / 2 - innerProduct(y, cross);
  let violation = 0;
  y.data.forEach((v, k) => {
    const slope = product.data[k] - cross.data[k];
    const isDiagonal = k % (n + 1) === 0;
    if (!isDiagonal) objective += (ridge / 2) * v ** 2 + lasso * Math.abs(v);
    violation = Math.max(violation, isDiagonal ? Math.abs(slope) : missed(slope + ridge * v, v, lasso));
  });
  return { objective, violation };
}

const missed = (slope, value, lasso) =>
  value === 0 ? Math.max(0, Math.abs(slope) - lasso) : Math.abs(slope + Math.sign(value) * lasso);

const meanDiagonal = (matrix) =>
  matrix.data.reduce((sum, v, k) => (k % (matrix.rows + 1) === 0 ? sum + v / matrix.rows : sum), 0);

const linkShare = ({ rows, data }) => (data.filter((v) => v !== 0).length - rows) / (rows * (rows - 1));

/** Vectors and matrices one after the other, as the peer reads them. */
function stacked(moveSquares, gram, cross) {
  const n = gram.rows;
  const data = new Float64Array(n + 2 * n * n);
  data.set(moveSquares);
  data.set(gram.data, n);
  data.set(cross.data, n + n * n);
  return { rows: n, data };
}

const sizes = process.argv[1]?.endsWith('elasticNet.js') ? process.argv.slice(2).map(Number) : [];
for (const n of sizes) console.log(JSON.stringify(elasticNetByRows(n)));
