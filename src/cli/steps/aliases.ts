import { XimError } from '../../model/failure.js';
import { type Alias, readAlias, readVersion, type StoredVersion, versionNames } from '../../store/store.js';

/** A version as a list has it: read, or why it cannot be. */
export interface LabelledVersion {
  readonly folder: string;
  /** Aliases that point at it. */
  readonly aliases: readonly Alias[];
  readonly version: StoredVersion | XimError;
}

export interface LabelledVersions {
  /** Oldest first. */
  readonly versions: readonly LabelledVersion[];
  /** What was found to be damaged, aliases first. */
  readonly failures: readonly XimError[];
}

/** Every version of a store: one that cannot be read does not hide the others. */
export function labelledVersions(store: string): LabelledVersions {
  const targets = (['candidate', 'champion'] as const).map((alias) => ({
    alias,
    target: orFailure(() => readAlias(store, alias)),
  }));
  const versions = versionNames(store).map((folder) => ({
    folder,
    aliases: targets.filter(({ target }) => target === folder).map(({ alias }) => alias),
    version: orFailure(() => readVersion(store, folder)),
  }));
  const found = [...targets.map(({ target }) => target), ...versions.map(({ version }) => version)];
  return { versions, failures: found.filter((each) => each instanceof XimError) };
}

function orFailure<T>(read: () => T): T | XimError {
  try {
    return read();
  } catch (error) {
    if (error instanceof XimError && ['corrupt', 'notFound'].includes(error.kind)) return error;
    throw error;
  }
}
