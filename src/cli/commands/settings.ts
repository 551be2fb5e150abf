import { jsonSchema } from '../../config/schema.js';
import type { CommandResult, Session } from '../session.js';

/** `xim config [--show-origin]`: the configuration as it applies. */
export async function showConfig(
  { config, origins }: Session,
  { showOrigin }: { showOrigin: boolean },
): Promise<CommandResult> {
  const { stringify } = await import('yaml');
  if (!showOrigin) return { text: stringify(config).trimEnd(), json: config };
  const value = (path: string) =>
    JSON.stringify(path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], config));
  const lines = [...origins]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, origin]) => `${origin.padEnd(11)}  ${path} = ${value(path)}`);
  return { text: lines.join('\n'), json: { config, origins: Object.fromEntries(origins) } };
}

/** `xim schema`: the JSON Schema of the configuration. */
export function schema(): CommandResult {
  const document = jsonSchema();
  return { text: JSON.stringify(document, null, 2), json: document };
}
