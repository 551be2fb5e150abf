import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';

/** With more blocks than this only the market is a mode. */
const MAX_BLOCK_MODES = 12;

export interface Mode {
  readonly label: string;
  /** F in the solver's units: F Fᵀ has the self impacts of the names on its diagonal. */
  readonly vector: Float64Array;
}

/** The market and, where there are several of some size, the blocks: `F = D^½ 1`, D the self impacts found so far. */
export function modeShapes(K: DenseMatrix, vol: Float64Array, blocks: readonly string[]): Mode[] {
  const n = K.rows;
  const root = Float64Array.from({ length: n }, (_, i) => {
    const self = K.data[i * (n + 1)];
    return self > 0 && vol[i] > 0 ? Math.sqrt(self) / vol[i] : 0;
  });
  const restrictedTo = (member: (i: number) => boolean) => root.map((value, i) => (member(i) ? value : 0));
  const labels = [...new Set(blocks)].sort();
  const sized = labels.filter((label) => blocks.filter((block) => block === label).length >= 2);
  const byBlock = labels.length > 1 && sized.length <= MAX_BLOCK_MODES ? sized : [];
  return [
    { label: 'market', vector: root },
    ...byBlock.map((label) => ({ label, vector: restrictedTo((i) => blocks[i] === label) })),
  ];
}

/** `F diag(b_p) Fᵀ` of every basis p, from weights that hold K’s own first, then those of each mode. */
export function modeParts(x: Float64Array, modes: readonly Mode[], bases: number, n: number): DenseMatrix[] {
  return Array.from({ length: bases }, (_, p) =>
    modes.reduce((sum, { vector }, m) => addOuter(sum, vector, x[bases * (1 + m) + p]), zeros(n)),
  );
}

function addOuter(matrix: DenseMatrix, vector: Float64Array, weight: number): DenseMatrix {
  return weight === 0 ? matrix : mapEntries(matrix, (value, i, j) => value + weight * vector[i] * vector[j]);
}
