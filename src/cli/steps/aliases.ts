import { type Alias, readAlias, readVersion, type StoredVersion, versionNames } from '../../store/store.js';

export interface LabelledVersion extends StoredVersion {
  /** Aliases that point at it. */
  readonly aliases: readonly Alias[];
}

/** Every version of a store, oldest first. */
export function labelledVersions(store: string): LabelledVersion[] {
  const targets = (['candidate', 'champion'] as const).map((alias) => ({ alias, target: readAlias(store, alias) }));
  return versionNames(store).map((name) => ({
    ...readVersion(store, name),
    aliases: targets.filter(({ target }) => target === name).map(({ alias }) => alias),
  }));
}
