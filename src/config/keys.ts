import { jsonSchema } from './schema.js';

/** A key that `--set` takes, and the words that it may be set to where they are few. */
export interface SettableKey {
  readonly key: string;
  readonly values: readonly string[];
}

interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly SchemaNode[];
}

/**
 * Every key of the configuration by its dotted path, in the order of the schema. A key that takes a word or keys of its own
 * stands before those.
 */
export function settableKeys(): SettableKey[] {
  const visit = (node: SchemaNode, path: readonly string[]): SettableKey[] =>
    node.properties
      ? Object.entries(node.properties).flatMap(([name, child]) => visit(child, [...path, name]))
      : [
          { key: path.join('.'), values: wordsOf(node) },
          // A word or keys of its own.
          ...(node.anyOf ?? []).filter(({ properties }) => properties).flatMap((form) => visit(form, path)),
        ];
  return visit(jsonSchema() as SchemaNode, []);
}

function wordsOf(node: SchemaNode): string[] {
  if (node.anyOf) return node.anyOf.flatMap(wordsOf);
  const values = node.type === 'boolean' ? [true, false] : (node.enum ?? ('const' in node ? [node.const] : []));
  return values.map(String);
}
