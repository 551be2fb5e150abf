/** A string as an SQL literal. */
export const escapedString = (value: string): string => `'${value.replaceAll("'", "''")}'`;
/** A path as an SQL literal of a table function, which takes `*`, `?` and `[` for patterns. */
export const literalPath = (path: string): string => escapedString(path.replace(/[*?[]/g, (sign) => `[${sign}]`));
/** A name as an SQL identifier. */
export const escapedIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
