import { XimError } from '../../model/failure.js';
import { type Gate, isFailing } from '../../model/gate.js';
import { withLock } from '../../run/pipeline.js';
import { breakLock, readLock } from '../../store/lock.js';
import {
  type Alias,
  moveAlias,
  readAlias,
  readHistory,
  readVersion,
  requireStore,
  resolveReference,
  type StoredVersion,
  versionNames,
} from '../../store/store.js';
import type { CommandResult, Session } from '../session.js';
import { fixed, textTable } from '../text.js';

/** `xim list`: every version, oldest first. */
export function list({ config }: Session): CommandResult {
  requireStore(config.store);
  const aliases = new Map(
    (['candidate', 'champion'] as Alias[]).map((alias) => [readAlias(config.store, alias), alias]),
  );
  const versions = versionNames(config.store).map((name) => readVersion(config.store, name));
  const rows = versions.map(({ folder, manifest }) => [
    folder,
    manifest.model,
    manifest.universe.names.length,
    manifest.certificate.status,
    gateWord(manifest.gates),
    labels(config.store, folder),
  ]);
  return {
    text:
      versions.length === 0
        ? `no versions in ${config.store}`
        : textTable(['version', 'model', 'names', 'certificate', 'gates', 'alias'], rows),
    json: {
      versions: versions.map((v) => ({
        id: v.id,
        version: v.folder,
        asof: v.manifest.asof,
        model: v.manifest.model,
        certificate: v.manifest.certificate.status,
        alias: aliases.get(v.folder) ?? null,
      })),
    },
  };
}

function labels(store: string, folder: string): string {
  return (['candidate', 'champion'] as Alias[]).filter((alias) => readAlias(store, alias) === folder).join(', ');
}

function gateWord(gates: readonly Gate[]): string {
  return gates.some(isFailing) ? 'failed' : 'passed';
}

/** `xim show [REF]`: the manifest. */
export async function show({ config }: Session, { reference }: { reference: string }): Promise<CommandResult> {
  const version = resolveReference(config.store, reference);
  const { storedImpact } = await import('../../run/versions/verifyVersion.js');
  const impact = storedImpact(config.store, version);
  const K = impact.matrices.get('K')!;
  const { manifest } = version;
  const rows = impact.symbols.map((symbol, i) => {
    const links = impact.symbols
      .map((other, j) => ({ other, value: K.data[i * K.cols + j] }))
      .filter((_, j) => j !== i);
    const top = links.sort((a, b) => Math.abs(b.value) - Math.abs(a.value))[0];
    return [symbol, impact.blocks[i], fixed(K.data[i * K.cols + i]), top ? `${top.other} ${fixed(top.value)}` : ''];
  });
  return {
    text: [
      `${version.folder}  ${manifest.model}, ${manifest.window.dates.length} days to ${manifest.asof}, certificate ${manifest.certificate.status}`,
      manifest.verdict,
      textTable(['name', 'block', 'K_ii bps/M', 'strongest link'], rows),
      ...manifest.objects.map((object) => `${object.name}  ${object.bytes} bytes  ${object.sha256.slice(0, 12)}`),
      `id ${version.id}`,
    ].join('\n'),
    json: { id: version.id, version: version.folder, manifest },
  };
}

/** `xim diff A B [--max-rel X]`: exit 1 above X. */
export async function diff(
  { config }: Session,
  { from, to, maxRel }: { from: string; to: string; maxRel?: number },
): Promise<CommandResult> {
  const { diffVersions } = await import('../../run/versions/diffVersions.js');
  const result = diffVersions(config.store, resolveReference(config.store, from), resolveReference(config.store, to));
  const exceeded =
    maxRel !== undefined && (result.maxRelative > maxRel || result.added.length + result.removed.length > 0);
  const rows = result.largest.map((entry) => [
    entry.row,
    entry.column,
    fixed(entry.from),
    fixed(entry.to),
    fixed(entry.relative, 6),
  ]);
  return {
    text: [
      `${result.from} → ${result.to}: largest change ${fixed(result.maxRelative, 6)} of √(K_ii K_jj)${maxRel === undefined ? '' : exceeded ? `, above ${maxRel}` : `, within ${maxRel}`}`,
      ...(rows.length > 0 ? [textTable(['row', 'column', 'from', 'to', 'change'], rows)] : []),
      ...(result.added.length > 0 ? [`added: ${result.added.join(', ')}`] : []),
      ...(result.removed.length > 0 ? [`removed: ${result.removed.join(', ')}`] : []),
      `configuration ${result.configChanged ? 'changed' : 'the same'}, inputs ${result.inputsChanged ? 'changed' : 'the same'}`,
    ].join('\n'),
    json: { ...result, exceeded },
    exitCode: exceeded ? 1 : 0,
  };
}

/** `xim verify [REF]`: digests and certificates from the stored bytes, of one version or of all. */
export async function verify({ config }: Session, { reference }: { reference?: string }): Promise<CommandResult> {
  requireStore(config.store);
  const { verifyVersion } = await import('../../run/versions/verifyVersion.js');
  const versions =
    reference === undefined
      ? versionNames(config.store).map((name) => readVersion(config.store, name))
      : [resolveReference(config.store, reference)];
  const results = versions.map((version) => verifyVersion(config.store, version));
  for (const alias of ['candidate', 'champion'] as Alias[])
    if (readAlias(config.store, alias) !== undefined) resolveReference(config.store, alias);
  return {
    text:
      results.length === 0
        ? `no versions in ${config.store}`
        : results
            .map((r) => `${r.version}: ${r.objects} objects intact, certificate ${r.certificates.full.status}`)
            .join('\n'),
    json: { versions: results },
  };
}

/** `xim promote REF`: makes a version champion; without passing gates only with --force and a reason. */
export function promote(
  session: Session,
  { reference, reason }: { reference: string; reason?: string },
): Promise<CommandResult> {
  const { config, options } = session;
  const version = resolveReference(config.store, reference);
  const failed = version.manifest.gates.filter(isFailing).map((gate) => gate.name);
  if (failed.length > 0 && !(options.force && reason)) {
    throw new XimError(
      'gate',
      `${version.folder} fails ${failed.join(', ')}`,
      'promote it all the same with --force --reason "…"',
    );
  }
  return pointChampion(session, version, 'promote', reason ?? 'gates passed');
}

/** `xim rollback`: makes the champion before this one champion again. */
export function rollback(session: Session): Promise<CommandResult> {
  const { store } = session.config;
  const current = readAlias(store, 'champion');
  const entry = readHistory(store).findLast(
    (e) => e.alias === 'champion' && e.to === current && e.action !== 'rollback',
  );
  if (!entry || entry.from === null)
    throw new XimError(
      'notFound',
      `there is no champion before ${current ?? 'any'} in ${store}`,
      'promote a version by name: xim promote REF',
    );
  return pointChampion(session, readVersion(store, entry.from), 'rollback', `back from ${current}`);
}

async function pointChampion(
  session: Session,
  version: StoredVersion,
  action: string,
  why: string,
): Promise<CommandResult> {
  const { config, effects, lockTimeoutMs, options } = session;
  const result = (words: string, moved: boolean) => ({
    text: `${version.folder} ${words} champion`,
    json: { champion: version.folder, id: version.id, moved },
  });
  if (options.dryRun)
    return result(readAlias(config.store, 'champion') === version.folder ? 'is already' : 'would become', false);
  return withLock(config, lockTimeoutMs, effects, async () => {
    const entry = { when: effects.now().toISOString(), who: effects.user, action, why };
    const moved = moveAlias(config.store, 'champion', version, entry);
    return result(moved ? 'is now' : 'is already', moved);
  });
}

/** `xim gc`: removes what no version refers to. */
export async function gc(
  { config, effects, lockTimeoutMs, options }: Session,
  { stages }: { stages: boolean },
): Promise<CommandResult> {
  requireStore(config.store);
  return withLock(config, lockTimeoutMs, effects, async () => {
    const { collectGarbage } = await import('../../store/collect.js');
    const { removed, bytes } = collectGarbage(config.store, stages, options.dryRun ?? false);
    return {
      text: `${options.dryRun ? 'would remove' : 'removed'} ${removed.length} entries, ${bytes} bytes`,
      json: { removed, bytes, dryRun: options.dryRun ?? false },
    };
  });
}

/** `xim unlock`: removes the lock of a process that is gone. */
export function unlock({ config, options }: Session): CommandResult {
  requireStore(config.store);
  const holder = options.dryRun ? readLock(config.store) : breakLock(config.store);
  return {
    text: holder
      ? `${options.dryRun ? 'would remove' : 'removed'} the lock of process ${holder.pid} on ${holder.host}`
      : 'the store was not locked',
    json: { holder: holder ?? null },
  };
}
