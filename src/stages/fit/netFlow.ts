import type { DayFlow } from '../../model/buckets.js';
import { atReferenceDepth, type FlowTransform } from '../../model/flowTransform.js';
import { concaveFlow } from '../../model/kernel.js';
import type { NetFlow } from './recursion/run.js';

/** Flow over venues as the model takes it; one entry per bucket and name. Rows of one are taken to stand together. */
export function netFlow(day: DayFlow, transform: FlowTransform): NetFlow {
  const { flow, grid } = atReferenceDepth(day, transform);
  const { concavity } = transform;
  const entries = flow.bucket.length;
  const bucketStart = new Int32Array(grid.buckets + 1);
  const name = new Int32Array(entries);
  const linear = new Float64Array(entries);
  let count = 0;
  for (let k = 0; k < entries; k++) {
    const repeats = k > 0 && flow.bucket[k] === flow.bucket[k - 1] && flow.name[k] === flow.name[k - 1];
    if (!repeats) name[count++] = flow.name[k];
    linear[count - 1] += flow.signedNotional[k];
    bucketStart[flow.bucket[k] + 1] = count;
  }
  for (let t = 1; t <= grid.buckets; t++) bucketStart[t] = Math.max(bucketStart[t], bucketStart[t - 1]);
  const net = linear.subarray(0, count);
  const value = concavity === 1 ? net : net.map((u) => concaveFlow(u, concavity));
  return { bucketStart, name: name.subarray(0, count), linear: net, value };
}
