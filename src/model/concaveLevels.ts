import { type DenseMatrix, zeros } from '../numerics/dense.js';
import { type ConcaveMode, type ConcaveTerms, namesOf } from './concave.js';
import { concaveLevel } from './concaveShape.js';

/** All that increments depend on: everything but the weights. */
export type ConcaveBasis = Pick<ConcaveTerms, 'power' | 'decay' | 'scales'> & {
  readonly modes: readonly Pick<ConcaveMode, 'direction' | 'scale'>[];
};

/** What one bucket adds to every level of slope one at zero, in millions. */
export interface ConcaveSteps {
  /** Q×N: `h_i(J_ti^q) − h_i(J_{t−1,i}^q)`. */
  readonly own: DenseMatrix;
  /** Q×M: `h(directionᵀ J_t^q) − h(directionᵀ J_{t−1}^q)`. */
  readonly modes: DenseMatrix;
}

/**
 * Turns flow, bucket by bucket, into the increments that concave terms weigh (MODEL §2a). Volumes start at zero. A reset
 * forgets without a move: the next increment is taken from the level that is left.
 */
export class ConcaveLevels {
  private readonly volumes: DenseMatrix;
  private readonly names: readonly (readonly number[])[];
  private levels: ConcaveSteps;

  constructor(private readonly basis: ConcaveBasis) {
    this.volumes = zeros(basis.decay.length, basis.scales.length);
    this.names = basis.modes.map(namesOf);
    this.levels = this.current();
  }

  /** One bucket further. @param flow N, signed millions */
  next(flow: ArrayLike<number>): ConcaveSteps {
    const { cols, data } = this.volumes;
    this.basis.decay.forEach((d, q) => {
      for (let i = 0; i < cols; i++) data[q * cols + i] = d * data[q * cols + i] + flow[i];
    });
    const before = this.levels;
    this.levels = this.current();
    return { own: minus(this.levels.own, before.own), modes: minus(this.levels.modes, before.modes) };
  }

  /** After a halt of one name, or at the start of a session. */
  reset(name?: number): void {
    const { cols, data } = this.volumes;
    data.forEach((_, k) => {
      if (name === undefined || k % cols === name) data[k] = 0;
    });
    this.levels = this.current();
  }

  private current(): ConcaveSteps {
    const { decay, modes, power, scales } = this.basis;
    const { rows, cols, data } = this.volumes;
    const together = zeros(rows, modes.length);
    decay.forEach((_, q) => {
      modes.forEach(({ direction, scale }, m) => {
        const volume = this.names[m].reduce((sum, i) => sum + direction[i] * data[q * cols + i], 0);
        together.data[q * modes.length + m] = concaveLevel(volume, scale, power);
      });
    });
    const own = { rows, cols, data: data.map((volume, k) => concaveLevel(volume, scales[k % cols], power)) };
    return { own, modes: together };
  }
}

const minus = (a: DenseMatrix, b: DenseMatrix): DenseMatrix => ({
  ...a,
  data: a.data.map((value, k) => value - b.data[k]),
});

/** One name and one time constant of a {@link ConcaveTerms}. */
export interface ConcaveColumn {
  readonly decay: number;
  readonly scale: number;
  readonly power: number;
}

/** The same for one column of flow that is never interrupted: `w_t = h(J_t) − h(J_{t−1})`, `J_t = d J_{t−1} + u_t`. */
export function concaveIncrements(flow: ArrayLike<number>, { decay, scale, power }: ConcaveColumn): Float64Array {
  const out = new Float64Array(flow.length);
  for (let t = 0, volume = 0, before = 0; t < flow.length; t++) {
    volume = decay * volume + flow[t];
    const level = concaveLevel(volume, scale, power);
    out[t] = level - before;
    before = level;
  }
  return out;
}
