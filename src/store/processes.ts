import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A process, as far as others can tell it from one that had its number before. */
export interface KnownProcess {
  readonly pid: number;
  /** Start of the process in clock ticks since boot; empty where the system does not say. */
  readonly processStart: string;
}

/** This process, and how it learns whether another one of its host lives. */
export interface Witness {
  readonly pid: number;
  readonly host: string;
  readonly isAlive: (pid: number) => boolean;
}

/** Field 22 of /proc/PID/stat; undefined where there is no such file. */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Whether a process of this host is gone; its number may be another one's by now. */
export function isGone({ pid, processStart: known }: KnownProcess, isAlive: (pid: number) => boolean): boolean {
  const start = processStart(pid);
  if (start !== undefined) return known !== '' && start !== known;
  return !isAlive(pid);
}

/** `<pid>.<start>.<host>`: who made a file, as it stands in the file's name. */
export const markOf = ({ pid, host }: Pick<Witness, 'pid' | 'host'>): string =>
  `${pid}.${processStart(pid) ?? ''}.${hostMark(host)}`;

export const MARK = /(\d+)\.(\d*)\.([0-9a-f]{8})/;

/** Whether the process of a mark is known to be gone. Those of other hosts are out of sight. */
export function isMarkGone(mark: string, { host, isAlive }: Pick<Witness, 'host' | 'isAlive'>): boolean {
  const [, pid, start, place] = MARK.exec(mark)!;
  return place === hostMark(host) && isGone({ pid: Number(pid), processStart: start }, isAlive);
}

const hostMark = (host: string): string => createHash('sha256').update(host).digest('hex').slice(0, 8);
