import { encodeFolds, type FoldKind, storedFolds } from '../../io/foldFiles.js';
import { METHOD_VERSION } from '../../model/manifest.js';
import type { Slot } from '../../model/marketProfile.js';
import { type DayProfile, dayProfile, PROFILE_FIELDS } from '../../stages/schedule/dayProfile.js';
import { stageKey } from '../../store/store.js';
import type { AlignedDay } from './alignDay.js';
import { type AlignContext, alignKey } from './alignKey.js';
import { cachedFiles } from './cachedFiles.js';

/** Of the cached files. */
const PROFILE_LAYOUT = 2;
const PROFILE: FoldKind = { file: 'profile', words: 'the profile' };

interface ProfileHeader {
  readonly names: number;
  readonly slots: readonly Slot[];
}

/** Arrays of a profile in the order of its file, and how long each is. */
const ARRAYS = ['volume', 'halfSpread', 'quoted', 'mid', 'products', 'moves'] as const;

const lengths = ({ names: n, slots }: ProfileHeader) => {
  const matrix = n * slots.length;
  return { volume: matrix, halfSpread: matrix, quoted: matrix, mid: n, products: n * n, moves: n };
};

/** Volume, spreads and joint moves of a day, from the cache or from its buckets; numbers are read when they are asked for. */
export async function profileDay(context: AlignContext, date: string, day: AlignedDay): Promise<() => DayProfile> {
  const key = stageKey({ METHOD_VERSION, layout: PROFILE_LAYOUT, align: alignKey(context, date) });
  const folder = await cachedFiles(context, { stage: 'profile', key }, async () => {
    const made = dayProfile(await day.read(PROFILE_FIELDS));
    const header: ProfileHeader = { names: made.mid.length, slots: made.slots };
    return encodeFolds(PROFILE, [{ header, arrays: ARRAYS.map((array) => made[array]) }]);
  });
  const [{ header, read }] = storedFolds<ProfileHeader>(folder, PROFILE, (of) =>
    Object.values(lengths(of)).reduce((sum, length) => sum + length, 0),
  );
  return () => cut(header, read());
}

function cut(header: ProfileHeader, numbers: Float64Array): DayProfile {
  const sizes = lengths(header);
  let at = 0;
  const arrays = ARRAYS.map((name) => {
    const from = at;
    at += sizes[name];
    return [name, numbers.subarray(from, at)] as const;
  });
  return { slots: header.slots, ...(Object.fromEntries(arrays) as Record<(typeof ARRAYS)[number], Float64Array>) };
}
