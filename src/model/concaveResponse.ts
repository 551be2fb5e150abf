import { type ConcaveTerms, pinchedConcave } from './concave.js';
import { ConcaveLevels } from './concaveLevels.js';

/** What concave terms add to every mid over one bucket, bps: all of them, and what a name's own flow does alone. */
export interface ConcaveMove {
  readonly all: Float64Array;
  readonly own: Float64Array;
}

/** Concave terms bucket by bucket (MODEL §2a): flow in, moves out. Where modes combine names, own flow alone is followed beside. */
export class ConcaveResponse {
  private readonly all: Levels;
  private readonly own: Levels | undefined;

  constructor(terms: ConcaveTerms) {
    this.all = new Levels(terms);
    this.own = terms.modes.length > 0 ? new Levels(pinchedConcave(terms, (i, j) => i === j)) : undefined;
  }

  /** One bucket further. @param flow N, signed millions */
  next(flow: ArrayLike<number>): ConcaveMove {
    const all = this.all.next(flow);
    return { all, own: this.own ? this.own.next(flow) : all };
  }

  /** After a halt of one name, or at the start of a session. */
  reset(name?: number): void {
    this.all.reset(name);
    this.own?.reset(name);
  }
}

class Levels {
  private readonly levels: ConcaveLevels;

  constructor(private readonly terms: ConcaveTerms) {
    this.levels = new ConcaveLevels(terms);
  }

  next(flow: ArrayLike<number>): Float64Array {
    const steps = this.levels.next(flow);
    const { own, modes } = this.terms;
    const out = new Float64Array(own.cols);
    for (let k = 0; k < own.data.length; k++) out[k % own.cols] += own.data[k] * steps.own.data[k];
    modes.forEach(({ direction, weights }, m) => {
      let move = 0;
      for (let q = 0; q < weights.length; q++) move += weights[q] * steps.modes.data[q * modes.length + m];
      for (let i = 0; i < out.length; i++) out[i] += direction[i] * move;
    });
    return out;
  }

  reset(name?: number): void {
    this.levels.reset(name);
  }
}
