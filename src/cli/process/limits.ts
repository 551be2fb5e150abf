import { readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import type { ProcessLimit } from '../../model/failure.js';

/** A limit of this process as the system names it; undefined where there is none, or no such file. */
export function limitOf(limit: ProcessLimit): string | undefined {
  if (limit === 'heap') return `${Math.round(getHeapStatistics().heap_size_limit / 1_048_576)} MB`;
  try {
    const line = readFileSync('/proc/self/limits', 'utf8')
      .split('\n')
      .find((text) => text.startsWith(limit));
    const value = line?.slice(limit.length).trim().split(/\s+/)[0];
    return value === 'unlimited' ? undefined : value;
  } catch {
    return undefined;
  }
}
