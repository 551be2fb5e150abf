import { orderTimeText, timeConstantText } from '../../../model/manifest.js';
import { DECAY_FIT_BOUND } from '../decayProfile.js';
import { type FormChoice, mostTelling } from './formChoice.js';
import type { PortfolioCost } from './portfolioDecay.js';
import { HEDGED } from './portfolios.js';

/** Which form was chosen and why, with the numbers, for a reader. */
export function formInWords({ reason, costs, addedTau, besides }: FormChoice): string {
  switch (reason) {
    case 'alike':
      return `One decay for all links: baskets decay as it says (${measured(costs)})${added(addedTau)}.`;
    case 'apart':
      return `Modes: baskets decay at a speed of their own (${measured(costs)})${added(addedTau)}.`;
    case 'noCloser':
      return `One decay for all links, although baskets decay otherwise (${measured(costs)}): modes come no closer.`;
    case 'withheld':
      return costs.length === 0
        ? `One decay for all links: modes do not go together with ${besides}.`
        : `One decay for all links, although baskets decay otherwise (${measured(costs)}): modes do not go together with ${besides}.`;
    case 'tooLittle':
      return costs.length === 0
        ? 'One decay for all links: too little flow in baskets to tell whether they decay otherwise.'
        : `One decay for all links: too little data to tell whether baskets decay otherwise (${measured(costs)}).`;
    case 'noPortfolio':
      return 'One decay for all links: there is no basket of several names.';
  }
}

/** Whether a reader has to know of it who does not look at how impact decays. */
export const isToBeSaid = ({ form, reason, costs, addedTau }: FormChoice): boolean =>
  form === 'modes' || addedTau.length > 0 || reason === 'noCloser' || (reason === 'withheld' && costs.length > 0);

function measured(costs: readonly PortfolioCost[]): string {
  const { portfolio, seconds, scalar, modes, low, high } = mostTelling(costs);
  const basket = portfolio === 'market' || portfolio === HEDGED ? `the ${portfolio}` : `block ${portfolio}`;
  const among = costs.length > 1 ? `, 99 % for ${costs.length} orders together` : ', 99 %';
  const byModes = modes === undefined ? '' : `, modes ${text(modes)}`;
  return `${basket} over ${orderTimeText(seconds)}: ${text(scalar)} of its impact at once, own flow bears ${text(low)} to ${
    Number.isFinite(high) ? text(high) : 'any more'
  }${byModes}${among}; outside by more than ${100 * DECAY_FIT_BOUND} % counts`;
}

const added = (seconds: readonly number[]): string =>
  seconds.length === 0 ? '' : `; they asked for ${seconds.map(timeConstantText).join(', ')} beside what names have`;

const text = (share: number): string => share.toFixed(3);
