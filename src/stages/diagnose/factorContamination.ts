import type { Diagnosis } from '../../model/diagnosis.js';
import { type FoldMoments, sumMoments } from '../../model/moments.js';
import { studentBound } from '../../numerics/fisher.js';
import { studentReach } from '../../numerics/statistics.js';
import { type DefactorParams, fitFactors, removeFactors } from '../defactor/defactor.js';
import { type RegressionMoments, regressionMoments, residualVol } from '../fit/impactProblem.js';
import { type JackknifeSample, mapSample, standardErrorOf } from '../fit/jackknife.js';
import { estimateWithoutFactors } from '../fit/withoutFactors.js';
import { ALARM_RATE, BASKET_ORDERS, digits, judged, unjudged } from './diagnosis.js';
import { foldJackknife, MIN_GROUPS } from './foldJackknife.js';
import { marketMode, partialMarketMode } from './marketMode.js';
import { meanLink } from './normalisedLinks.js';
import { basketCost, basketPrice } from './orders.js';

const MODE = 'factor contamination';

/** Less than this share of the market mode apart from all symmetric matrices: a factor and links cannot be told apart. */
const SMALLEST_IDENTIFIED = 0.01;

export interface ContaminationInput {
  /** Of folds, their bases merged by the kernel of the fit: {@link mergedGroups}. */
  readonly groups: readonly FoldMoments[];
  readonly defactor: DefactorParams;
}

/**
 * Whether flow that follows a common factor passes for links. What a one-sided basket costs under the fit as configured,
 * against the same once the first principal component of flow has been given its own effect on the common direction of the
 * moves: a change beyond its jackknife error is significant. What the recorded factors changed is in the table; that they
 * changed it is what they are for. Blind where moves and flow are so alike in every name that links could do all that a
 * factor does.
 *
 * The effect is that change over the basket's price, `(qᵀK'q − qᵀKq) / qᵀKq`, K' with the mode apart and q the typical flow
 * of each name. An order in one name is off by less: `K − K' = γ·sym(b wᵀ)` has one sign all over where the mode is common,
 * and a name alone has one of its N² entries.
 */
export function factorContamination({ groups, defactor }: ContaminationInput): Diagnosis {
  if (groups.length === 0 || groups[0].names < 2) return unjudged(MODE, 'not applicable', 'one name has no links');
  if (groups.length < MIN_GROUPS)
    return unjudged(MODE, 'not enough data', `${groups.length} folds to leave out in turn`);
  const total = sumMoments(groups);
  const impact = impactOf(total, defactor);
  const vol = residualVol(impact);
  if (vol.filter((v, i) => v > 0 && impact.gram.data[i * (vol.length + 1)] > 0).length < 2)
    return unjudged(MODE, 'not enough data', 'fewer than two names have both moves and flow');
  const mode = marketMode(impact, vol);
  const typical = total.flowSquare.map(Math.sqrt);
  const fits = foldJackknife(groups, (moments) => {
    const { K, partialledK, identified } = partialMarketMode(impactOf(moments, defactor), vol, mode);
    const [priced, apart] = [basketCost(K, typical), basketCost(partialledK, typical)];
    const change = (apart.self + apart.cross - priced.self - priced.cross) / basketPrice(priced);
    return [meanLink(K), meanLink(partialledK), change, identified];
  });
  if (!fits.whole.every(Number.isFinite)) return unjudged(MODE, 'not enough data', 'own flow moves no prices');
  return verdictOf(fits, bareLink(total, defactor));
}

/** `bare` is the mean link as if no factor were known. */
function verdictOf(fits: JackknifeSample<readonly number[]>, bare: number | undefined): Diagnosis {
  const { whole, replicates } = fits;
  const [configured, partialled, change, identified] = whole;
  const error = (of: (values: readonly number[]) => number) => standardErrorOf(mapSample(fits, of));
  const detail = [
    { fit: 'as configured', meanLink: configured, standardError: error(([link]) => link) },
    { fit: 'market mode of flow apart', meanLink: partialled, standardError: error(([, link]) => link) },
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
  const standardError = error((values) => values[2]);
  const t = standardError > 0 ? Math.abs(change) / standardError : 0;
  const bound = studentBound(ALARM_RATE, replicates.length - 1);
  const evidence =
    `the mean link is ${digits(configured)} and ${digits(partialled)} with the market mode of flow apart ` +
    `(t ${digits(t)} against ${digits(bound)} for what a basket costs)` +
    (bare === undefined ? '; no factor is recorded' : `; without the factors it would be ${digits(bare)}`);
  const reach = studentReach(0.9, replicates.length - 1) * standardError;
  return judged(MODE, { value: t, bound }, { relative: change, reach, orders: BASKET_ORDERS }, evidence, detail);
}

const impactOf = (moments: FoldMoments, defactor: DefactorParams): RegressionMoments =>
  regressionMoments(removeFactors(moments, fitFactors(moments, defactor)));

function bareLink(moments: FoldMoments, defactor: DefactorParams): number | undefined {
  const bare = estimateWithoutFactors(moments, defactor);
  return bare && meanLink(bare);
}
