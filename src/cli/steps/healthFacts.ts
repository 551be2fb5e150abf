import type { Config } from '../../config/schema.js';
import { XimError } from '../../model/failure.js';
import type { HealthPoint } from '../../report/healthPage.js';
import type { HealthFacts } from '../../run/versions/healthAlerts.js';
import { presentDays } from '../../run/window/tradingDays.js';
import { readAlias, readVersion } from '../../store/store.js';

/** @throws XimError `corrupt` where the champion cannot be read. */
export function healthFacts(config: Config, points: readonly HealthPoint[]): HealthFacts {
  const name = readAlias(config.store, 'champion');
  const manifest = name === undefined ? undefined : readVersion(config.store, name).manifest;
  return {
    points,
    days: daysOf(config),
    champion: manifest && { asof: manifest.asof, certificate: manifest.certificate.status },
  };
}

function daysOf(config: Config): HealthFacts['days'] {
  try {
    return presentDays(config).dates;
  } catch (error) {
    if (error instanceof XimError) return { unreadable: error.message };
    throw error;
  }
}
