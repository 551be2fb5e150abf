/** Keys that came after versions were published, with the default that changes nothing: section, key, default. */
const LATER_KEYS: readonly (readonly [section: string, key: string, unset: unknown])[] = [['align', 'max_spread', 1]];

/** Leaves out what was not set of the keys that came later, so that a version of before keeps its id. */
export function omitUnset<T extends object>(config: T): T {
  const out: Record<string, unknown> = Object.fromEntries(Object.entries(config));
  for (const [section, key, unset] of LATER_KEYS) {
    const { [key]: value, ...others } = (out[section] ?? {}) as Record<string, unknown>;
    if (section in out && JSON.stringify(value) === JSON.stringify(unset)) out[section] = others;
  }
  return out as T;
}
