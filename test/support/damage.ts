import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** What may become of a file that nobody wrote: each way changes every file that is not empty. */
export const DAMAGES = {
  emptied: (bytes) => bytes.subarray(0, 0),
  halved: (bytes) => bytes.subarray(0, bytes.length >> 1),
  zeroed: (bytes) => new Uint8Array(bytes.length),
  flipped: (bytes) => bytes.map((byte, k) => (k === Math.floor(bytes.length / 3) ? byte ^ 4 : byte)),
  removed: () => undefined,
} as const satisfies Record<string, (bytes: Uint8Array) => Uint8Array | undefined>;

export type Damage = keyof typeof DAMAGES;

export function damage(path: string, how: Damage): void {
  const changed = DAMAGES[how](readFileSync(path));
  if (changed === undefined) {
    rmSync(path);
    return;
  }
  chmodSync(path, 0o644);
  writeFileSync(path, changed);
}
