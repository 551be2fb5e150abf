import { dataError } from '../../model/failure.js';
import { type MoveUnit, moveUnitOf, unitWords } from '../../model/units.js';
import type { StoredVersion } from '../../store/store.js';

/**
 * Numbers of one unit beside those of another are wrong by the price of every name, and nothing would show it.
 * @param use what the version is wanted for, as in “to score orders with”
 * @throws data error when the version is in another unit than `units`
 */
export function refuseOtherUnits({ folder, manifest }: StoredVersion, units: MoveUnit, use: string): void {
  const its = moveUnitOf(manifest.config);
  if (its === units) return;
  throw dataError(
    `${folder} is in ${unitWords(its).move} and cannot be used ${use}, which is in ${unitWords(units).move}`,
    `name a version that was calibrated with align.units: ${units}, or make one`,
  );
}
