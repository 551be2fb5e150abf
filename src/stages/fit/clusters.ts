import { agnes } from 'ml-hclust';
import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';

/** Fewer names than this make one cluster: there is nothing to tell groups apart by. */
const MIN_NAMES = 4;
const MAX_CLUSTERS = 12;
/** A split whose mean silhouette is below this is not one (Kaufman and Rousseeuw 1990). */
const MIN_SILHOUETTE = 0.1;

/**
 * Clusters of names by average linkage on `√(2(1−ρ))`, ρ the correlation of the moves that factors leave; their number is
 * the one with the largest mean silhouette (Rousseeuw 1987). Labels are `cluster 1`, … in the order of their first name.
 */
export function clusterNames(moveProducts: DenseMatrix): string[] {
  const n = moveProducts.rows;
  if (n < MIN_NAMES) return Array.from({ length: n }, () => 'cluster 1');
  const distance = correlationDistance(moveProducts);
  const tree = agnes(rowsOf(distance), { method: 'average', isDistanceMatrix: true });
  let best = { labels: new Int32Array(n), silhouette: MIN_SILHOUETTE };
  for (let count = 2; count <= Math.min(MAX_CLUSTERS, n - 1); count++) {
    const labels = labelled(tree.group(count).children, n);
    const silhouette = meanSilhouette(distance, labels);
    if (silhouette > best.silhouette) best = { labels, silhouette };
  }
  return inOrderOfAppearance(best.labels);
}

function correlationDistance(products: DenseMatrix): DenseMatrix {
  const n = products.rows;
  return mapEntries(products, (value, i, j) => {
    if (i === j) return 0;
    const scale = Math.sqrt(products.data[i * (n + 1)] * products.data[j * (n + 1)]);
    const correlation = scale > 0 ? Math.min(1, Math.max(-1, value / scale)) : 0;
    return Math.sqrt(2 * (1 - correlation));
  });
}

const rowsOf = ({ rows, cols, data }: DenseMatrix): number[][] =>
  Array.from({ length: rows }, (_, i) => [...data.subarray(i * cols, (i + 1) * cols)]);

function labelled(clusters: readonly { indices(): number[] }[], n: number): Int32Array<ArrayBuffer> {
  const labels = new Int32Array(n);
  clusters.forEach((cluster, c) => {
    for (const i of cluster.indices()) labels[i] = c;
  });
  return labels;
}

/** Mean of `(b − a)/max(a, b)`; a name alone counts 0. */
function meanSilhouette({ rows: n, data }: DenseMatrix, labels: Int32Array): number {
  const clusters = Math.max(...labels) + 1;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const sum = new Float64Array(clusters);
    const size = new Int32Array(clusters);
    for (let j = 0; j < n; j++) {
      if (j === i) continue;
      sum[labels[j]] += data[i * n + j];
      size[labels[j]]++;
    }
    if (size[labels[i]] === 0) continue;
    const within = sum[labels[i]] / size[labels[i]];
    const others = [...sum.keys()].filter((c) => c !== labels[i] && size[c] > 0).map((c) => sum[c] / size[c]);
    const nearest = Math.min(...others);
    const scale = Math.max(within, nearest);
    if (scale > 0) total += (nearest - within) / scale;
  }
  return total / n;
}

function inOrderOfAppearance(labels: Int32Array): string[] {
  const order = new Map<number, number>();
  for (const label of labels) if (!order.has(label)) order.set(label, order.size + 1);
  return Array.from(labels, (label) => `cluster ${order.get(label)}`);
}
