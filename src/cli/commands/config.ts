import { Option } from 'commander';
import type { Session } from '../session.js';
import { defineVerb } from '../verb.js';

interface ConfigArguments {
  readonly showOrigin?: boolean;
}

export const verb = defineVerb<ConfigArguments>({
  name: 'config',
  description: 'the configuration as it applies',
  options: [new Option('--show-origin', 'say where each value comes from')],
  action: async (session, { showOrigin }) => {
    const { config, origins } = session;
    if (showOrigin) return { text: originLines(session), json: { config, origins: Object.fromEntries(origins) } };
    const { stringify } = await import('yaml');
    return { text: stringify(config).trimEnd(), json: config };
  },
});

function originLines({ config, origins }: Session): string {
  const value = (path: string) =>
    JSON.stringify(path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], config));
  return [...origins]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, origin]) => `${origin.padEnd(11)}  ${path} = ${value(path)}`)
    .join('\n');
}
