import type { Config } from '../../config/schema.js';
import { configError } from '../../model/failure.js';
import { type MomentShape, momentLengths, regressors } from '../../model/moments.js';
import { squared } from '../../numerics/elementary/elementary.js';

const UNITS = { MB: 0x10_0000, GB: 0x4000_0000 } as const;
/**
 * Columns of names × buckets that are in memory at most, as measured: while a day is aligned from events, or while the last
 * one is replayed and diagnosed.
 */
const DAY_COLUMNS = { events: 26, buckets: 24 } as const;
/** While a day is made that is not replayed. */
const DAY_ALONE_COLUMNS = { events: 26, buckets: 14 } as const;
/** Sums with all bases apart that are held at once, and matrices of names × names by fold. */
const WHOLE_SUMS = 6;
const MATRICES_PER_FOLD = 6;
/** Sums of concave terms that are held at once. */
const CONCAVE_SUMS = 4;

export function memoryBytes({ engine }: Config): number {
  const [, number, unit] = /^([\d.]+)(MB|GB)$/.exec(engine.memory)!;
  return Number(number) * UNITS[unit as keyof typeof UNITS];
}

/** Of what a command may take. */
export const memoryMegabytes = (config: Config): number => memoryBytes(config) / UNITS.MB;

/** As the engine writes sizes. The other half is for the matrices. */
export const engineMemory = (config: Config): string => `${Math.floor(memoryBytes(config) / 2 / UNITS.MB)}MB`;

/** Whether a second calibration of these folds fits beside the first. */
export function hasRoomBeside(config: Config, folds: readonly MomentShape[]): boolean {
  const [shape] = folds;
  const size = { ...shape, folds: folds.length, buckets: 0 };
  return 2 * workBytes(size, config.data.source) <= memoryBytes(config);
}

export interface WorkSize extends MomentShape {
  /** Of a day. */
  readonly buckets: number;
  readonly folds: number;
  /** Q: concave terms of a name; none if absent. */
  readonly terms?: number;
}

/** What a day needs while it is made. */
export const dayBytes = (source: Config['data']['source'], names: number, buckets: number): number =>
  8 * DAY_ALONE_COLUMNS[source] * names * buckets;

/** What a window needs beside the columnar engine, its largest parts counted. */
export function workBytes({ buckets, folds, terms = 0, ...shape }: WorkSize, source: Config['data']['source']): number {
  const sums = WHOLE_SUMS * momentLengths(shape).reduce((sum, length) => sum + length, 0);
  const concave = CONCAVE_SUMS * terms * regressors(shape) * shape.names;
  const matrices = folds * MATRICES_PER_FOLD * squared(shape.names);
  return 8 * Math.max(DAY_COLUMNS[source] * shape.names * buckets, sums + concave + matrices);
}

/** Before a day is aligned, by itself. @throws config error where its buckets would not fit */
export function refuseDay(config: Config, names: number, buckets: number): void {
  const needed = 8 * DAY_COLUMNS[config.data.source] * names * buckets;
  const allowed = memoryBytes(config);
  if (needed <= allowed) return;
  throw configError(
    `a day of ${names} names and ${buckets} buckets needs about ${gigabytes(needed)}, engine.memory is ${gigabytes(allowed)}`,
    `set engine.memory (--memory ${Math.ceil(needed / UNITS.GB)}GB), or align fewer names or wider buckets`,
  );
}

const gigabytes = (bytes: number): string => `${(bytes / UNITS.GB).toFixed(1)} GB`;

/** @throws config error for work that would not fit, before any of it is done. */
export function refuseMemory(config: Config, size: WorkSize): void {
  const [needed, allowed] = [workBytes(size, config.data.source), memoryBytes(config)];
  if (needed <= allowed) return;
  throw configError(
    `${size.names} names, ${size.buckets} buckets a day and ${size.bases} time constants need about ${gigabytes(needed)}, engine.memory is ${gigabytes(allowed)}`,
    `set engine.memory (--memory ${Math.ceil(needed / UNITS.GB)}GB), or calibrate fewer names, wider buckets or fewer time constants`,
  );
}
