import type { Descent } from './descent.js';
import { proximal } from './elasticNetPenalty.js';
import { addImage } from './image.js';
import { type Part, slopeOf } from './part.js';

/**
 * Moves the unknowns of a part one after the other to where each is best. The largest move, in units of the gradient.
 */
export function sweep(descent: Descent, part: Part): number {
  const { unknowns, ridge, shift } = descent;
  let largest = 0;
  for (let a = 0; a < part.ids.length; a++) {
    const u = part.ids[a];
    const next = bestShift(descent, u, slopeOf(descent, part, a));
    const step = next - shift[u];
    if (step === 0) continue;
    shift[u] = next;
    addImage(descent, part, a, step, part.gradient);
    largest = Math.max(largest, Math.abs(step) * (unknowns.curvature[u] + ridge[u]));
  }
  return largest;
}

/** Where the objective along one unknown is least, given the slope of the quadratic. */
function bestShift({ unknowns, ridge, lasso, shift, pull }: Descent, u: number, slope: number): number {
  const curvature = unknowns.curvature[u];
  return proximal(curvature * shift[u] - slope, curvature, ridge[u], lasso[u], pull[u]);
}
