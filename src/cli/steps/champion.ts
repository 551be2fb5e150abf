import { withLock } from '../../run/pipeline.js';
import { moveAlias, readAlias, type StoredVersion } from '../../store/store.js';
import type { CommandResult, Session } from '../session.js';

/** Why a version becomes champion, for the history. */
export interface Move {
  readonly action: 'promote' | 'rollback';
  readonly why: string;
}

/** Points the champion at a version and records who did it. False when it pointed there already. */
export function moveChampion(session: Session, version: StoredVersion, { action, why }: Move): Promise<boolean> {
  const { config, effects, lockTimeoutMs } = session;
  return withLock(config, lockTimeoutMs, effects, async () =>
    moveAlias(config.store, 'champion', version, {
      when: effects.now().toISOString(),
      who: effects.user,
      action,
      why,
    }),
  );
}

/** Makes a version champion and says so; with --dry-run, says whether it would. */
export async function makeChampion(session: Session, version: StoredVersion, move: Move): Promise<CommandResult> {
  const result = (words: string, moved: boolean) => ({
    text: `${version.folder} ${words} champion`,
    json: { champion: version.folder, id: version.id, moved },
  });
  if (session.options.dryRun) {
    const already = readAlias(session.config.store, 'champion') === version.folder;
    return result(already ? 'is already' : 'would become', false);
  }
  const moved = await moveChampion(session, version, move);
  return result(moved ? 'is now' : 'is already', moved);
}
