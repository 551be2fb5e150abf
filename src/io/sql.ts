const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;
/** A string as an SQL literal, or, as a statement ends at a NUL, as an expression that makes it. */
export const escapedString = (value: string): string =>
  value.includes('\0') ? `(${value.split('\0').map(literal).join(' || chr(0) || ')})` : literal(value);
/** A path as an SQL literal of a table function, which takes `*`, `?` and `[` for patterns. */
export const literalPath = (path: string): string => escapedString(path.replace(/[*?[]/g, (sign) => `[${sign}]`));
/** A name as an SQL identifier. */
export const escapedIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
