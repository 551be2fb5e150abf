const SIGNIFICANT_DIGITS = 6;
/** What is less than this is a rounding error of a zero. */
const ZERO = 1e-12;
/** They change with any number at all, and say nothing of which. */
const DIGESTS = new Set(['sha256', 'bytes', 'id']);

/** A document for a person to compare: rounded, without digests. */
export function readable(value: unknown): unknown {
  if (typeof value === 'number') return Math.abs(value) < ZERO ? 0 : Number(value.toPrecision(SIGNIFICANT_DIGITS));
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !DIGESTS.has(key))
      .map(([key, child]) => [key, readable(child)]),
  );
}
