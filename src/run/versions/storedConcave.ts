import type { StoredImpact } from '../../io/impactArrow.js';
import { type ConcaveTerms, pinchedConcave, secantMatrix } from '../../model/concave.js';
import { XimError } from '../../model/failure.js';
import { pinched } from '../../model/fallback.js';
import { decays, timeConstant } from '../../model/kernel.js';
import type { Manifest, StoredConcave } from '../../model/manifest.js';
import { combine, type DenseMatrix, zeros } from '../../numerics/dense.js';

/** What of a model is concave, and the matrix that is linear beside it. */
export interface ConcaveModel {
  readonly linear: DenseMatrix;
  readonly terms: ConcaveTerms;
}

/** What a manifest says of terms whose numbers by name are columns of impact.arrow. */
export const concaveToStore = (
  { power, decay, modes }: ConcaveTerms,
  hasLinear: boolean,
  bucketMs: number,
): StoredConcave => ({
  power,
  tauSeconds: Array.from(decay, (d) => timeConstant(d, bucketMs)),
  hasLinear,
  modes: modes.map(({ label, scale, weights }) => ({ label, scale, weights: [...weights] })),
});

const damaged = (why: string) =>
  new XimError('corrupt', `kernel.concave and impact.arrow do not agree: ${why}`, 'run the date again');

/**
 * The concave terms of a version; `undefined` where its impact is linear.
 * @throws XimError `corrupt` when a column is missing, of another length, or holds what is no weight, scale or size
 */
export function storedConcave({ kernel, universe }: Manifest, impact: StoredImpact): ConcaveModel | undefined {
  const { matrices, columns } = impact;
  const linear = matrices.get('K_linear');
  const { concave, bucketMs } = kernel;
  if (!concave && !linear) return undefined;
  if (!concave) throw damaged('there is a column K_linear, but no concave terms');
  if (!linear) throw damaged('there is no column K_linear');
  const { power, tauSeconds, modes } = concave;
  const column = (name: string, fits: (value: number) => boolean): Float64Array => {
    const values = columns.get(name);
    if (!values) throw damaged(`there is no column ${name}`);
    const wrong = values.find((value) => !(Number.isFinite(value) && fits(value)));
    if (wrong !== undefined) throw damaged(`${name} holds ${wrong}`);
    return values;
  };
  const n = universe.names.length;
  const own = zeros(tauSeconds.length, n);
  tauSeconds.forEach((_, q) => {
    own.data.set(
      column(`g_${q + 1}`, (g) => g >= 0),
      q * n,
    );
  });
  const directions = matrices.get('modes') ?? zeros(n, 0);
  if (directions.cols !== modes.length) throw damaged(`${directions.cols} directions for ${modes.length} modes`);
  const uneven = modes.find(({ weights }) => weights.length !== tauSeconds.length);
  if (uneven) throw damaged(`mode ${uneven.label} has ${uneven.weights.length} weights`);
  return {
    linear,
    terms: {
      power,
      decay: decays({ bucketMs, tauSeconds }),
      scales: column('h_scale', (scale) => scale > 0),
      own,
      typical: column('typical_flow', (size) => size >= 0),
      modes: modes.map(({ label, scale, weights }, m) => ({
        label,
        direction: Float64Array.from({ length: n }, (_, i) => directions.data[i * directions.cols + m]),
        scale,
        weights: Float64Array.from(weights),
      })),
    },
  };
}

/** What is left of it where some links are dropped, as `constrain` does. */
export const pinchedModel = (
  { linear, terms }: ConcaveModel,
  keeps: (i: number, j: number) => boolean,
): ConcaveModel => ({ linear: pinched(linear, keeps), terms: pinchedConcave(terms, keeps) });

/** What was projected: the same terms beside what they leave of a matrix. */
export const besideTerms = (K: DenseMatrix, { terms }: ConcaveModel): ConcaveModel => ({
  linear: combine(K, 1, secantMatrix(zeros(K.rows), terms), -1),
  terms,
});

/** Largest |K_ij − secant_ij| / √(K_ii K_jj): whether who reads K alone reads what typical flow meets. */
export function secantGap(K: DenseMatrix, { linear, terms }: ConcaveModel): number {
  const expected = secantMatrix(linear, terms);
  return K.data.reduce((gap, value, k) => {
    const [i, j] = [Math.floor(k / K.cols), k % K.cols];
    const scale = Math.sqrt(Math.abs(expected.data[i * (K.cols + 1)] * expected.data[j * (K.cols + 1)]));
    const off = Math.abs(value - expected.data[k]);
    return Math.max(gap, off === 0 ? 0 : off / scale);
  }, 0);
}
