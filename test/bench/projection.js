// The nearest admissible matrix: seconds, decompositions, memory, and Dykstra in numpy on the same matrix where there is one.
// Usage: node test/bench/projection.js [N …]
import { nearestFeasible } from '../../dist/numerics/nearestFeasible.js';
import { counted, estimate, matrixPeer, withHelper } from './support.js';

const RHO = 0.9;

export function projection(n) {
  const matrix = estimate(n);
  const { result, seconds, multiplications, megabytes } = counted(() => nearestFeasible(matrix, { bound: RHO }));
  const { status, distance, dualityGap, iterations, newton } = result;
  const other = matrixPeer('dykstra', matrix, RHO);
  return {
    name: `nearest matrix N=${n}`,
    seconds,
    megabytes,
    counts: { decompositions: iterations, products: newton.products, multiplications },
    facts: { status, distance, dualityGap },
    ...(other ? { peer: 'Dykstra in numpy', peerSeconds: other[0], peerFacts: { decompositions: other[1] } } : {}),
    mark: n === 500 ? 4 : null,
  };
}

const sizes = process.argv[1]?.endsWith('projection.js') ? process.argv.slice(2).map(Number) : [];
if (sizes.length > 0) {
  const end = await withHelper();
  for (const n of sizes) console.log(JSON.stringify(projection(n)));
  end();
}
