import type { LevelJump } from '../../model/levels.js';
import { type MoveUnit, unitWords } from '../../model/units.js';
import { type DayLevels, daysOf, type LevelledName } from './levelFindings.js';

/** Moves that were taken back and make no more than this of a name's squared moves change no estimate that could be told. */
const SQUARES_SHARE = 0.05;

/** Names of which quotes that stood for some seconds only make much of all that their price moved in the window. */
export function spikes(
  names: readonly LevelledName[],
  days: readonly DayLevels[],
  units: MoveUnit = 'bps',
): LevelJump[] {
  return names.flatMap(({ symbol }, i) => {
    const own = daysOf(days, i);
    const found = own.flatMap(({ date, reversedMoves }) => (reversedMoves ? [{ date, ...reversedMoves }] : []));
    if (found.length === 0) return [];
    const total = own.reduce((sum, { moveSquares = 0 }) => sum + moveSquares, 0);
    const ratio = found.reduce((sum, { squares }) => sum + squares, 0) / total;
    if (!(ratio > SQUARES_SHARE)) return [];
    const count = found.reduce((sum, day) => sum + day.count, 0);
    const { at, moveBps, seconds } = found
      .map(({ largest }) => largest)
      .reduce((top, next) => (Math.abs(next.moveBps) > Math.abs(top.moveBps) ? next : top));
    const move = `${Number(moveBps.toPrecision(3))} ${unitWords(units).move}`;
    const others = count > 1 ? `; ${count} such moves` : ', which';
    const share = `${others} ${count > 1 ? 'are' : 'is'} ${Math.round(100 * ratio)} % of its squared moves`;
    const evidence = `its mid moved by ${move} at ${at} and back within ${seconds} s${share}`;
    return [{ symbol, dates: found.map(({ date }) => date), ratio, evidence, isSpike: true }];
  });
}
