import type { Diagnosis } from '../../model/diagnosis.js';
import { type Fold, type FoldMoments, sumMoments } from '../../model/moments.js';
import { studentBound } from '../../numerics/fisher.js';
import { type DefactorParams, fitFactors, removeFactors } from '../defactor/defactor.js';
import { type RegressionMoments, regressionMoments, residualVol } from '../fit/impactProblem.js';
import { type JackknifeSample, mapSample, standardErrorOf } from '../fit/jackknife.js';
import { estimateWithoutFactors } from '../fit/withoutFactors.js';
import { ALARM_RATE, digits, judged, unjudged } from './diagnosis.js';
import { foldJackknife, MIN_GROUPS, mergedGroups } from './foldJackknife.js';
import { marketMode, partialMarketMode } from './marketMode.js';
import { meanLink } from './normalisedLinks.js';

const MODE = 'factor contamination';

/** Less than this share of the market mode apart from all symmetric matrices: a factor and links cannot be told apart. */
const SMALLEST_IDENTIFIED = 0.01;

/** Links that are off by less are so for every use of them; block targets lie further apart. */
const SMALLEST_CHANGE = 0.02;

export interface ContaminationInput {
  readonly folds: readonly Fold[];
  /** Kernel weights of the fit. */
  readonly weights: Float64Array;
  readonly defactor: DefactorParams;
}

/**
 * Whether flow that follows a common factor passes for links. The mean normalised link of the fit as configured, against
 * the same once the first principal component of flow has been given its own effect on the common direction of the moves:
 * a change beyond its jackknife error is red. What the recorded factors changed is in the table; that they changed it is
 * what they are for. Blind where moves and flow are so alike in every name that links could do all that a factor does.
 */
export function factorContamination({ folds, weights, defactor }: ContaminationInput): Diagnosis {
  if (folds.length === 0 || folds[0].names < 2) return unjudged(MODE, 'not applicable', 'one name has no links');
  const groups = mergedGroups(folds, weights);
  if (groups.length < MIN_GROUPS)
    return unjudged(MODE, 'not enough data', `${groups.length} folds to leave out in turn`);
  const total = sumMoments(groups);
  const impact = impactOf(total, defactor);
  const vol = residualVol(impact);
  if (vol.filter((v, i) => v > 0 && impact.gram.data[i * (vol.length + 1)] > 0).length < 2)
    return unjudged(MODE, 'not enough data', 'fewer than two names have both moves and flow');
  const mode = marketMode(impact, vol);
  const { identified } = partialMarketMode(impact, vol, mode);
  const fits = foldJackknife(groups, (moments) => {
    const { K, partialledK } = partialMarketMode(impactOf(moments, defactor), vol, mode);
    return [meanLink(K), meanLink(partialledK)];
  });
  return verdictOf(fits, identified, bareLink(total, defactor));
}

/** `bare` is the mean link as if no factor were known. */
function verdictOf(fits: JackknifeSample<readonly number[]>, identified: number, bare: number | undefined): Diagnosis {
  const { whole, replicates } = fits;
  const error = (of: (values: readonly number[]) => number) => standardErrorOf(mapSample(fits, of));
  const change = ([configured, partialled]: readonly number[]) => configured - partialled;
  const detail = [
    { fit: 'as configured', meanLink: whole[0], standardError: error(([configured]) => configured) },
    { fit: 'market mode of flow apart', meanLink: whole[1], standardError: error(([, partialled]) => partialled) },
    ...(bare === undefined ? [] : [{ fit: 'without factors', meanLink: bare }]),
  ];
  if (!(identified >= SMALLEST_IDENTIFIED)) {
    const share = `${digits(100 * identified)} % of what a factor would do is beyond symmetric links`;
    return unjudged(
      MODE,
      'not enough data',
      `${share}: the two cannot be told apart without the factor itself`,
      detail,
    );
  }
  const standardError = error(change);
  const t = standardError > 0 ? Math.abs(change(whole)) / standardError : 0;
  const bound = studentBound(ALARM_RATE, replicates.length - 1);
  const evidence =
    `the mean link is ${digits(whole[0])} and ${digits(whole[1])} with the market mode of flow apart ` +
    `(change ${digits(change(whole))} ± ${digits(standardError)}, t ${digits(t)} against ${digits(bound)})` +
    (bare === undefined ? '; no factor is recorded' : `; without the factors it would be ${digits(bare)}`);
  const isMaterial = Math.abs(change(whole)) >= SMALLEST_CHANGE;
  return judged(MODE, { value: isMaterial ? t : 0, bound }, evidence, detail);
}

const impactOf = (moments: FoldMoments, defactor: DefactorParams): RegressionMoments =>
  regressionMoments(removeFactors(moments, fitFactors(moments, defactor)));

function bareLink(moments: FoldMoments, defactor: DefactorParams): number | undefined {
  const bare = estimateWithoutFactors(moments, defactor);
  return bare && meanLink(bare);
}
