import type { FlowShape } from '../model/familyMoments.js';
import { orderTimeText } from '../model/manifest.js';
import { shown } from './html.js';
import type { ReportFamilies, ReportFamily } from './impactData.js';

/** What HTML and Markdown say of families alike. */

/** A shape by itself. */
export function shapeText(shape: FlowShape): string {
  if (shape.kind === 'linear') return 'line';
  return shape.kind === 'after' ? `curve, power ${shape.power} after decay` : `power ${shape.power} before decay`;
}

/** In which every row of {@link familyCells} stands. */
export const familyHeaders = ({ horizonSeconds }: ReportFamilies): string[] => [
  'shape',
  'γ',
  ...horizonSeconds.map((seconds) => `R² at ${orderTimeText(seconds)}`),
  'mean',
];

export const familyCells = ({ shape, liquidity, r2, mean }: ReportFamily): string[] => [
  shapeText(shape),
  String(liquidity),
  ...[...r2, mean].map((value) => shown(value, 3)),
];

/** What was always taken before there was a choice, the best of every shape, and what was chosen; worst first. */
export function telling({ comparisons }: ReportFamilies): ReportFamily[] {
  const [first] = comparisons;
  const last = comparisons[comparisons.length - 1];
  const plain = first.scores.filter(({ shape, liquidity }) => shape.kind === 'linear' && liquidity === 0);
  const best = (['linear', 'after', 'before'] as const).flatMap((kind) => {
    const those = first.scores.filter(({ shape }) => shape.kind === kind);
    return those.length > 0 ? [those.reduce((top, next) => (next.mean > top.mean ? next : top))] : [];
  });
  const chosen = last.scores.filter(({ isChosen }) => isChosen);
  // What the first comparison chose is not what was taken where a second one went on from there.
  return [...new Set([...plain, ...best, ...chosen])]
    .map((score) => ({ ...score, isChosen: chosen.includes(score) }))
    .sort((a, b) => a.mean - b.mean);
}
