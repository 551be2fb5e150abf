import { existsSync, statSync } from 'node:fs';
import type { Config } from '../../../config/schema.js';
import { utcNanoseconds } from '../../../model/calendar.js';
import { isHeld, type LockOwner, lockFile, tornWords } from '../../../store/lock.js';
import { memoryBytes } from '../../window/memory.js';
import { type Check, ok, problem, warning } from './check.js';
import type { Machine } from './machine.js';

const OLDEST_NODE = 20;

/** Whether another process writes to the store, and whether this one may. */
export function storeChecks({ store }: Config, machine: Machine, owner: LockOwner): Check[] {
  if (existsSync(store) && !statSync(store).isDirectory())
    return [problem('store', 'config', `${store} is a file`, 'name a folder (--store)')];
  const lock = lockCheck(store, owner);
  const written = existsSync(store) ? store : `${store} (not there yet)`;
  return machine.isWritable(store)
    ? [lock, ok('store', written)]
    : [lock, problem('store', 'environment', `${written} cannot be written to`, 'change its permissions, or --store')];
}

function lockCheck(store: string, owner: LockOwner): Check {
  const file = lockFile(store);
  if (!file) return ok('lock', 'free');
  const { holder } = file;
  if (!holder)
    return problem('lock', 'locked', `names no process (${tornWords(file)})`, 'run "xim unlock", or wait 10 s and run');
  const who = `process ${holder.pid} on ${holder.host} since ${holder.since}`;
  if (holder.host === owner.host && !isHeld(store, owner))
    return ok('lock', `left behind by ${who}, which is gone: the next run takes it over`);
  return problem('lock', 'locked', `held by ${who}`, 'wait for it, or "xim unlock" if that process is gone');
}

/** What a run may need on disk, in bytes. */
export interface DiskNeed {
  readonly store: number;
  readonly temporary: number;
}

/** Room and permission where a run writes. */
export function diskChecks({ store }: Config, machine: Machine, need: DiskNeed): Check[] {
  const { temporaryFolder } = machine;
  const temporary = machine.isWritable(temporaryFolder)
    ? room('temporary files', temporaryFolder, machine, need.temporary)
    : problem(
        'temporary files',
        'environment',
        `${temporaryFolder} cannot be written to`,
        'set TMPDIR to another folder',
      );
  return [room('disk of the store', store, machine, need.store), temporary];
}

function room(check: string, folder: string, machine: Machine, needed: number): Check {
  const free = machine.freeBytes(folder);
  const says = `${sizeText(free)} free, a run may need about ${sizeText(needed)}`;
  if (free >= needed) return ok(check, says);
  // The estimate is rough: what is a quarter of it is too little however that may be.
  return free < needed / 4
    ? problem(check, 'environment', says, 'make room, or move it to another disk')
    : warning(check, says, 'make room: the estimate is rough');
}

/** Program, time zones, threads and memory. */
export function machineChecks(config: Config, machine: Machine, date: string | undefined): Check[] {
  const { node, cores } = machine;
  const { threads } = config.engine;
  return [
    Number.parseInt(node, 10) >= OLDEST_NODE
      ? ok('Node.js', node)
      : problem('Node.js', 'environment', node, `install Node.js ${OLDEST_NODE} or newer`),
    ok('time zone', `${timezoneText(config, date)}, time zone data ${machine.timezoneData}`),
    threads <= cores
      ? ok('threads', `${threads} of ${cores} cores`)
      : warning(
          'threads',
          `engine.threads is ${threads}, and there are ${cores} cores`,
          `set engine.threads: ${cores}`,
        ),
    memoryBytes(config) <= machine.memoryBytes
      ? ok('memory', `engine.memory ${config.engine.memory} of ${sizeText(machine.memoryBytes)}`)
      : warning(
          'memory',
          `engine.memory is ${config.engine.memory}, and there are ${sizeText(machine.memoryBytes)}`,
          'lower engine.memory, or a run may be ended by the system',
        ),
  ];
}

function timezoneText({ calendar }: Config, date: string | undefined): string {
  if (date === undefined) return calendar.timezone;
  const minutes = Number(
    (BigInt(Date.parse(date)) * 1_000_000n - utcNanoseconds(calendar.timezone, date, '00:00')) / 60_000_000_000n,
  );
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${calendar.timezone}, UTC${minutes < 0 ? '−' : '+'}${hours}:${rest} on ${date}`;
}

export function sizeText(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ['GB', 1e9] : bytes >= 1e6 ? ['MB', 1e6] : ['kB', 1e3];
  return `${(bytes / size).toFixed(bytes / size < 10 ? 1 : 0)} ${unit}`;
}
