import type { CertifiedModel } from './certificate.js';
import { type BearableGrowth, bearableGrowths } from './growth.js';
import { timeConstant } from './kernel.js';
import type { Regimes } from './regimes.js';
import type { Witness } from './roundTrip.js';
import { switchWitness } from './switchWitness.js';

/** What a certificate of constant matrices says of multipliers that change (MODEL §2a). */
export interface CertificateInTime {
  /** By time constant, those that pass and last beyond their bucket: how much the multiplier of their level may grow from one bucket to the next. */
  readonly growth: readonly GrowthOfTerm[];
  /** Of two regimes' multipliers the largest ratio: one may follow the other in the next bucket. */
  readonly regimeGrowth: number;
  /** Whether every time constant bears that; where one does not, a live system must hold multipliers to the smallest growth above. */
  readonly isBorne: boolean;
  /** What that change at the worst moment, taken at once, earns for one million; absent where it is borne or nothing is found. */
  readonly witness?: Witness;
}

export interface GrowthOfTerm {
  readonly kind: BearableGrowth['kind'];
  readonly tauSeconds: number;
  readonly largestGrowthPerBucket: number;
}

/** Recomputed from the numbers themselves, as `certify` does it. @param bucketMs of the model's decay */
export function certifyInTime(
  model: CertifiedModel,
  multipliers: Regimes['multipliers'],
  bucketMs: number,
): CertificateInTime {
  const growth = bearableGrowths(model)
    .filter(({ decay, bears }) => decay < 1 && Number.isFinite(bears))
    .map(({ kind, decay, bears }) => ({
      kind,
      tauSeconds: timeConstant(decay, bucketMs),
      largestGrowthPerBucket: bears,
    }));
  const values = multipliers.length > 0 ? multipliers.map(({ multiplier }) => multiplier) : [1];
  const [from, to] = [Math.min(...values), Math.max(...values)];
  const regimeGrowth = to / from;
  const isBorne = growth.every(({ largestGrowthPerBucket }) => regimeGrowth <= largestGrowthPerBucket);
  const change = { from, to, millions: 1, acts: 'level', scalesPermanent: false } as const;
  const witness = isBorne ? undefined : switchWitness(model, change);
  return { growth, regimeGrowth, isBorne, ...(witness ? { witness } : {}) };
}

/** The term that bears least; `undefined` where every one bears anything. */
export const leastBearable = ({ growth }: Pick<CertificateInTime, 'growth'>): GrowthOfTerm | undefined =>
  growth.reduce<GrowthOfTerm | undefined>(
    (least, term) => (least && least.largestGrowthPerBucket <= term.largestGrowthPerBucket ? least : term),
    undefined,
  );
