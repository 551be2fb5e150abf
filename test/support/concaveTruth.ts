import type { DenseMatrix } from '../../src/numerics/dense.js';

/** What a market of MODEL §2a obeys. Written for tests, apart from the code that it serves to check. */
export interface ConcaveTruth {
  /** `Σ_p a_p K J^p`: K in bps per million, N×N; 1 is permanent among the decays per bucket. */
  readonly linear?:
    | { readonly K: DenseMatrix; readonly decay: readonly number[]; readonly weights: readonly number[] }
    | undefined;
  readonly concave?: ConcaveTerms | undefined;
}

export interface ConcaveTerms {
  /** c of h, in (0, 1]; of the modes too. */
  readonly power: number;
  /** s of h, millions, by name. */
  readonly scales: readonly number[];
  /** By term. */
  readonly decay: readonly number[];
  /** g, bps per million: by term, then by name. */
  readonly own: readonly (readonly number[])[];
  readonly modes?: readonly ConcaveMode[];
}

/** `λ q h(qᵀJ)`: the direction q by name, the scale in millions of qᵀJ, λ in bps per million by term. */
export interface ConcaveMode {
  readonly direction: readonly number[];
  readonly scale: number;
  readonly lambda: readonly number[];
}

/** `h(x) = sign(x)(s/c)((1+|x|/s)^c − 1)`. */
export function smoothedPower(x: number, scale: number, power: number): number {
  return ((Math.sign(x) * scale) / power) * ((1 + Math.abs(x) / scale) ** power - 1);
}

/** Decayed volumes of every name and the impact level that follows from them, a bucket after the other. */
export class ImpactLevel {
  private readonly linear: Float64Array[];
  private readonly concave: Float64Array[];

  constructor(
    private readonly truth: ConcaveTruth,
    private readonly names: number,
  ) {
    const volumes = (decay: readonly number[] = []) => decay.map(() => new Float64Array(names));
    this.linear = volumes(truth.linear?.decay);
    this.concave = volumes(truth.concave?.decay);
  }

  /** Forgets the flow of a name, as a halt does. */
  forget(name: number): void {
    for (const volume of [...this.linear, ...this.concave]) volume[name] = 0;
  }

  /** Moves of all names, bps, in a bucket with this flow in millions. */
  step(flow: ArrayLike<number>): Float64Array {
    const before = this.level();
    const { linear, concave } = this.truth;
    const decayed = (volumes: Float64Array[], decay: readonly number[] = []) => {
      for (const [p, volume] of volumes.entries())
        for (let i = 0; i < this.names; i++) volume[i] = decay[p] * volume[i] + flow[i];
    };
    decayed(this.linear, linear?.decay);
    decayed(this.concave, concave?.decay);
    return this.level().map((level, i) => level - before[i]);
  }

  /** The same, as if it had not been asked. */
  peek(flow: ArrayLike<number>): Float64Array {
    const [linear, concave] = [this.linear, this.concave].map((volumes) => volumes.map((volume) => volume.slice()));
    const moves = this.step(flow);
    for (const [kept, volumes] of [[linear, this.linear] as const, [concave, this.concave] as const])
      for (const [p, volume] of volumes.entries()) volume.set(kept[p]);
    return moves;
  }

  /** bps, by name. */
  level(): Float64Array {
    const out = new Float64Array(this.names);
    this.addLinear(out);
    this.concave.forEach((volume, term) => {
      this.addConcave(out, volume, term);
    });
    return out;
  }

  private addLinear(out: Float64Array): void {
    const { linear } = this.truth;
    if (!linear) return;
    for (let j = 0; j < this.names; j++) {
      let volume = 0;
      for (let p = 0; p < this.linear.length; p++) volume += linear.weights[p] * this.linear[p][j];
      if (volume === 0) continue;
      for (let i = 0; i < this.names; i++) out[i] += linear.K.data[i * this.names + j] * volume;
    }
  }

  private addConcave(out: Float64Array, volume: Float64Array, term: number): void {
    const { power, scales, own, modes = [] } = this.truth.concave!;
    for (let i = 0; i < this.names; i++) out[i] += own[term][i] * smoothedPower(volume[i], scales[i], power);
    for (const { direction, scale, lambda } of modes) {
      const along = direction.reduce((sum, q, i) => sum + q * volume[i], 0);
      const pressure = lambda[term] * smoothedPower(along, scale, power);
      for (let i = 0; i < this.names; i++) out[i] += direction[i] * pressure;
    }
  }
}
