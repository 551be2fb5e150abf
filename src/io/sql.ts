/** A string as an SQL literal. */
export const escapedString = (value: string): string => `'${value.replaceAll("'", "''")}'`;
/** A name as an SQL identifier. */
export const escapedIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
