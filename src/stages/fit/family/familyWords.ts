import type { FlowShape } from '../../../model/familyMoments.js';
import { orderTimeText } from '../../../model/manifest.js';
import type { ChosenFamily, FamilyChoice, FamilyScore } from './familyChoice.js';

/**
 * What was compared and what was taken, for a reader: differences in points of R² on folds ahead, the mean over the horizons.
 * Nothing where γ and shape were given.
 */
export function familyInWords(family: ChosenFamily): string | undefined {
  const [first] = family.comparisons;
  if (!first) return undefined;
  if (first.scores.length === 0) return tooFewFolds(family);
  const horizons = `mean of ${listed(family.horizonSeconds.map(orderTimeText))}`;
  const shape = shapeSentence(family, first, horizons);
  const sentences = [shape, depthSentence(first, shape ? '' : `, ${horizons}`), withheldSentence(family)];
  return sentences.filter((sentence) => sentence !== undefined).join(' ');
}

function shapeText(shape: FlowShape): string {
  if (shape.kind === 'linear') return 'a line';
  return shape.kind === 'after' ? `a curve of power ${shape.power}` : `a power of ${shape.power} before the decay`;
}

/**
 * What the best family that has to be withheld predicts beyond the choice, in R², mean over the horizons; nothing where none
 * was compared.
 */
export function withheldGain(family: ChosenFamily): number | undefined {
  const [first] = family.comparisons;
  if (!first || !comparesShapes(first)) return undefined;
  const best = bestOf(first, 'before');
  return best && best.mean - meanOfChoice(family);
}

/** Mean R² of the family that is taken, over the horizons. @throws RangeError where too few folds left nothing to score */
function meanOfChoice({ comparisons, shape, liquidity }: ChosenFamily): number {
  const { scores } = comparisons[comparisons.length - 1];
  const found = scores.find((score) => score.liquidity === liquidity && isSame(score.shape, shape));
  if (!found) throw new RangeError('the family that is taken has no score');
  return found.mean;
}

const isSame = (a: FlowShape, b: FlowShape): boolean => JSON.stringify(a) === JSON.stringify(b);

const comparesShapes = ({ scores }: FamilyChoice): boolean =>
  new Set(scores.map(({ shape }) => JSON.stringify(shape))).size > 1;

function bestOf({ scores }: FamilyChoice, kind: FlowShape['kind']): FamilyScore | undefined {
  const those = scores.filter(({ shape }) => shape.kind === kind);
  return those.length > 0 ? those.reduce((top, next) => (next.mean > top.mean ? next : top)) : undefined;
}

function tooFewFolds({ shape, liquidity }: ChosenFamily): string {
  const flow = liquidity > 0 ? `flow against the depth of the book (γ ${liquidity})` : 'flow as it is';
  return `Too few folds to compare shapes of impact on folds ahead: it is taken as ${shapeText(shape)}, with ${flow}.`;
}

function shapeSentence(family: ChosenFamily, first: FamilyChoice, horizons: string): string | undefined {
  if (!comparesShapes(first)) return undefined;
  const { shape } = family;
  if (shape.kind !== 'after') return lineSentence(bestOf(first, 'after'), horizons);
  const line = first.scores.find((score) => score.shape.kind === 'linear' && score.liquidity === family.liquidity)!;
  const bend = `power ${shape.power} beyond ${shape.scale === 0.5 ? 'half' : shape.scale} a typical bucket’s flow`;
  const gain = `${points(meanOfChoice(family) - line.mean)} points of R² over a line on folds ahead`;
  return `Impact bends with size (${bend}): ${gain} (${horizons}), and a certificate can pass it.`;
}

function lineSentence(curve: FamilyScore | undefined, horizons: string): string | undefined {
  if (!curve) return undefined;
  const { beyondChoice, error } = curve;
  const detail = `(curve ${points(beyondChoice)} ± ${size(error)} points of R², ${horizons})`;
  if (beyondChoice < -error) return `A line predicts folds ahead better than a curve does ${detail}.`;
  return `A line predicts folds ahead as well as a curve does ${detail}.`;
}

/** Beside flow as it is, for the shape that was chosen with γ. */
function depthSentence(first: FamilyChoice, horizons: string): string | undefined {
  const scores = first.scores.filter(({ shape }) => isSame(shape, first.shape));
  const asItIs = scores.find(({ liquidity }) => liquidity === 0);
  const scaled = scores.filter(({ liquidity }) => liquidity > 0);
  if (!asItIs || scaled.length === 0) return undefined;
  if (first.liquidity > 0) {
    const gain = `${points(-asItIs.beyondChoice)} ± ${size(asItIs.error)} points over flow as it is`;
    return `Flow counts for more while the book is thin (γ ${first.liquidity}): ${gain}${horizons}.`;
  }
  if (scaled.every(({ beyondChoice, error }) => beyondChoice === 0 && error === 0))
    return 'Flow is taken as it is: there is no depth of the book to hold it against.';
  const best = scaled.reduce((top, next) => (next.mean > top.mean ? next : top));
  const detail = `(γ ${best.liquidity}: ${points(best.beyondChoice)} ± ${size(best.error)} points${horizons})`;
  return `Flow is taken as it is: held against the depth of the book it predicts no better ${detail}.`;
}

/** A difference of less than a tenth of a point is none. */
const LEAST_SHOWN = 0.001;

function withheldSentence(family: ChosenFamily): string | undefined {
  const gain = withheldGain(family);
  if (gain === undefined) return undefined;
  if (gain < LEAST_SHOWN)
    return 'Concave before the decay, which admits round trips that pay, would predict no better.';
  const more = `Concave before the decay would predict another ${size(gain)} points`;
  return `${more}, but admits round trips that pay, so it is withheld.`;
}

/** Hundredths of R². */
const size = (r2: number): string => (100 * r2).toFixed(r2 < 0.00095 ? 2 : 1);

function points(r2: number): string {
  const text = size(Math.abs(r2));
  return Number(text) === 0 ? '0.00' : `${r2 < 0 ? '−' : '+'}${text}`;
}

const listed = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
