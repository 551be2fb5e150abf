import { XimError } from '../../model/failure.js';
import type { StoredVersion } from '../../store/store.js';

interface Rule {
  readonly key: string;
  readonly values: readonly unknown[];
  readonly fits: (value: number) => boolean;
  readonly must: string;
  /** How many there have to be; any number where left out. */
  readonly length?: number;
}

const { isFinite: finite } = Number;

/**
 * Whether the numbers that a certificate rests on can be what they are called: a manifest whose digests agree may say anything.
 * @throws XimError `corrupt` naming key and value
 */
export function checkRanges({ folder, manifest }: StoredVersion): void {
  const broken = (what: string) =>
    new XimError('corrupt', `${folder}: ${what}`, 'do not use this version; run the date again');
  const { names } = manifest.universe;
  if (!folder.startsWith(`${manifest.asof}-`)) throw broken(`asof is ${manifest.asof}, which its folder does not say`);
  if (names.length === 0) throw broken('universe.names is empty');
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw broken(`universe.names has ${JSON.stringify(twice)} twice`);
  if (manifest.universe.blocks.length !== names.length)
    throw broken(`universe.blocks has ${manifest.universe.blocks.length} entries for ${names.length} names`);
  for (const { key, values, fits, must, length = values.length } of rulesOf(manifest)) {
    if (values.length !== length) throw broken(`${key} has ${values.length} entries, not ${length}`);
    const wrong = values.findIndex((value) => !(typeof value === 'number' && fits(value)));
    if (wrong >= 0) throw broken(`${key}[${wrong}] is ${values[wrong]}: it must be ${must}`);
  }
}

function rulesOf({ universe, kernel, constraints, regimes }: StoredVersion['manifest']): Rule[] {
  const length = universe.names.length;
  const notNegative = { fits: (value: number) => finite(value) && value >= 0, must: 'a number of at least 0' };
  const positive = { fits: (value: number) => finite(value) && value > 0, must: 'a number above 0' };
  const share = { fits: (value: number) => value > 0 && value <= 1, must: 'above 0 and at most 1' };
  const { conditionCap } = constraints;
  return [
    {
      key: 'kernel.tauSeconds',
      // Zero is impact that is gone with the next bucket.
      values: kernel.tauSeconds.filter((tau) => tau !== 'permanent'),
      ...notNegative,
    },
    { key: 'kernel.weights', values: kernel.weights, ...notNegative, length: kernel.tauSeconds.length },
    { key: 'kernel.concavity', values: [kernel.concavity], ...share },
    { key: 'kernel.flowScale', values: kernel.flowScale, ...positive, length },
    { key: 'constraints.floors', values: constraints.floors, ...notNegative, length },
    { key: 'constraints.rho', values: [constraints.rho], ...share },
    {
      key: 'constraints.conditionCap',
      values: conditionCap === null ? [] : [conditionCap],
      fits: (value) => finite(value) && value >= 1,
      must: 'at least 1',
    },
    { key: 'regimes.multipliers', values: regimes.multipliers.map(({ multiplier }) => multiplier), ...positive },
  ];
}
