/** Durations as the configuration writes them: `250ms`, `1s`, `5m`, `2h`, `20d`. */
const UNIT_NS: Readonly<Record<string, number>> = { ms: 1e6, s: 1e9, m: 60e9, h: 3600e9, d: 86400e9 };

/** Whole nanoseconds, or `undefined` when the text is no duration. */
export function parseDurationNs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (!match) return undefined;
  const ns = Math.round(Number(match[1]) * UNIT_NS[match[2]]);
  return ns > 0 ? ns : undefined;
}

export const durationNs = (text: string): number => {
  const ns = parseDurationNs(text);
  if (ns === undefined) throw new RangeError(`not a duration: ${text}`);
  return ns;
};
