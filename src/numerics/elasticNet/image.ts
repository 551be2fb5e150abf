import { zeros } from '../dense.js';
import { rowProducts } from '../symmetricQuadratic.js';
import type { Descent } from './descent.js';
import { type Part, type RowSlots, slopeOf } from './part.js';

/** Adds what a step of the a-th unknown does to the gradients of the part, slot by slot. */
export function addImage({ problem, unknowns }: Descent, part: Part, a: number, step: number, out: Float64Array): void {
  const { gram, rowDowndates } = problem;
  const n = gram.cols;
  const u = part.ids[a];
  for (let e = unknowns.first[u]; e < unknowns.first[u + 1]; e++) {
    const row = unknowns.row[e];
    const slots = part.rows[row];
    const move = step * unknowns.coefficient[e];
    addPicked(out, slots, gram.data, unknowns.col[e] * n, move);
    const factors = rowDowndates?.[row];
    for (let f = 0; f < (factors?.rows ?? 0); f++)
      addPicked(out, slots, factors!.data, f * n, -move * factors!.data[f * n + unknowns.col[e]]);
  }
}

/** `out_s += scale · data[from + col_s]`, four at a time: the loads do not wait for each other. */
function addPicked(
  out: Float64Array,
  { col, begin, end }: RowSlots,
  data: Float64Array,
  from: number,
  scale: number,
): void {
  let s = begin;
  for (; s + 4 <= end; s += 4) {
    const a = data[from + col[s]];
    const b = data[from + col[s + 1]];
    const c = data[from + col[s + 2]];
    const d = data[from + col[s + 3]];
    out[s] += scale * a;
    out[s + 1] += scale * b;
    out[s + 2] += scale * c;
    out[s + 3] += scale * d;
  }
  for (; s < end; s++) out[s] += scale * data[from + col[s]];
}

/**
 * `H d` for steps d of the part's unknowns, H the Hessian of quadratic and ridge; and its quadratic part slot by slot.
 */
export function imageOf(descent: Descent, part: Part, d: Float64Array) {
  const slots = part.isDense ? denseImage(descent, part, d) : sparseImage(descent, part, d);
  const image = new Float64Array(d.length);
  for (let a = 0; a < d.length; a++) image[a] = slopeOf(descent, part, a, slots) + descent.ridge[part.ids[a]] * d[a];
  return { slots, image };
}

function sparseImage(descent: Descent, part: Part, d: Float64Array): Float64Array {
  const slots = new Float64Array(part.slot.length);
  for (let a = 0; a < d.length; a++) if (d[a] !== 0) addImage(descent, part, a, d[a], slots);
  return slots;
}

function denseImage({ problem, unknowns }: Descent, part: Part, d: Float64Array): Float64Array {
  const { ids, from, slot, position } = part;
  const y = zeros(problem.gram.rows);
  for (let a = 0; a < d.length; a++)
    for (let k = from[a], e = unknowns.first[ids[a]]; k < from[a + 1]; k++, e++)
      y.data[position[slot[k]]] = unknowns.coefficient[e] * d[a];
  const product = rowProducts(problem, y).data;
  const slots = new Float64Array(slot.length);
  for (let s = 0; s < slots.length; s++) slots[s] = product[position[s]];
  return slots;
}
