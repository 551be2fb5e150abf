/**
 * JSON with sorted keys and no white space: the same value gives the same bytes on every machine. `undefined` members
 * are left out, as JSON.stringify does.
 * @throws RangeError on a number that is not finite, naming its path.
 */
export function canonicalJson(value: unknown, path = '$'): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`${path} is ${value}: only finite numbers are written`);
    return JSON.stringify(value);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((item, k) => canonicalJson(item, `${path}[${k}]`)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member, `${path}.${key}`)}`);
  return `{${members.join(',')}}`;
}
