import type { FoldMoments } from '../../model/moments.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { type FactorModel, removeFactors } from '../defactor/defactor.js';
import type { DayValues } from './dayRatios.js';

/**
 * Own impact of every name day by day, links and factors taken out: sides the wrong way round, another unit, flow of another name
 * or hour show in it. Walk-forward scores see such days only among the last ones, one name in many moves no pooled number, and
 * shrinkage hides what is left. Sums folds, their bases merged, as they pass.
 * @param K N×N, published, bps per million: what links say is taken out of the moves
 */
export class OwnImpacts {
  private readonly sums = new Map<
    string,
    { cross: Float64Array; square: Float64Array; moves: Float64Array; buckets: number }
  >();

  constructor(
    private readonly K: DenseMatrix,
    private readonly factorModel: FactorModel,
  ) {}

  add(fold: FoldMoments): void {
    // Derived factors are means of other names' moves: left in, they are noise.
    const { gram, cross, moveSquare } = removeFactors(fold, { controls: this.factorModel.controls });
    const n = this.K.rows;
    const [date] = fold.label.split('/');
    let sums = this.sums.get(date);
    if (!sums) {
      sums = { cross: new Float64Array(n), square: new Float64Array(n), moves: new Float64Array(n), buckets: 0 };
      this.sums.set(date, sums);
    }
    sums.buckets += fold.buckets;
    for (let i = 0; i < n; i++) {
      let linked = 0;
      for (let j = 0; j < n; j++) if (j !== i) linked += this.K.data[i * n + j] * gram.data[i * n + j];
      sums.cross[i] += cross.data[i * n + i] - linked;
      sums.square[i] += gram.data[i * (n + 1)];
      sums.moves[i] += moveSquare[i];
    }
  }

  days(): DayValues[] {
    return [...this.sums].map(([date, { cross, square, moves, buckets }]) => {
      const values = cross.map((value, i) => (square[i] > 0 && moves[i] > 0 ? value / square[i] : Number.NaN));
      const standardErrors = values.map((b, i) => {
        // Links and other flow are left in the variance: errors are rather too large.
        const rest = Math.max(moves[i] - b * cross[i], 1e-12 * moves[i]);
        return Math.sqrt(rest / buckets / square[i]);
      });
      return { date, values, standardErrors };
    });
  }
}
