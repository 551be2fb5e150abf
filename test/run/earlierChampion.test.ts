import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Config } from '../../src/config/schema.js';
import { readEarlierChampion } from '../../src/run/window/champion.js';
import type { StoredVersion } from '../../src/store/store.js';
import { temporaryFolder } from '../support/engine.js';
import { likeVersion, pointAt, smallStore } from '../support/smallVersions.js';

const folder = temporaryFolder();
let store: string;
let made: StoredVersion;
beforeAll(() => {
  ({ store, version: made } = smallStore(join(folder, 'desk')));
});

const champion = (model: string, date: string) =>
  readEarlierChampion({ model, store, align: { units: 'bps' } } as Config, date)?.id;
const promoted = async (model: string, asof: string) => {
  const version = await likeVersion(store, made, { model, asof });
  pointAt(store, 'champion', version);
  return version.id;
};

it('is of this model and an earlier date, whatever was promoted since', async () => {
  expect(champion('desk', '2024-03-14')).toBeUndefined();
  const monday = await promoted('desk', '2024-03-11');
  const tuesday = await promoted('desk', '2024-03-12');
  // Another desk promotes into the same store.
  const others = await promoted('other', '2024-03-12');
  expect(champion('desk', '2024-03-13')).toBe(tuesday);
  expect(champion('other', '2024-03-13')).toBe(others);
  expect(champion('desk', '2024-03-12')).toBe(monday);
  expect(champion('desk', '2024-03-11')).toBeUndefined();
  // What the evening itself promotes is none of its inputs; who goes back a day means it.
  await promoted('desk', '2024-03-13');
  expect(champion('desk', '2024-03-13')).toBe(tuesday);
  await promoted('desk', '2024-03-11');
  expect(champion('desk', '2024-03-13')).toBe(monday);
});
