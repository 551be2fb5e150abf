import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { xim } from './cli.js';

/** Days of the small market. */
export const SMALL_DATES = ['2024-03-06', '2024-03-07', '2024-03-08', '2024-03-11'];

/** What leaves a window nothing to choose: a day is then made alone. */
export const NOTHING_TO_CHOOSE = {
  flow: { liquidity: 0 },
  fit: { kernel: { form: 'scalar', tau: ['5s', '60s', 'permanent'], concave: 'none' } },
};

/** γ and the time constants are chosen, and nothing that costs more. */
export const LITTLE_TO_CHOOSE = { fit: { kernel: { form: 'scalar', concave: 'none' } } };

/** Settings of a configuration, section by section. */
export type Sections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Raw data of two names on four short days below `folder`, as `xim simulate` writes it. */
export function writeSmallMarket(folder: string): string {
  const scenario = join(folder, 'scenario.yaml');
  const sessions = [['10:00', '10:15']];
  writeFileSync(
    scenario,
    JSON.stringify({ seed: 3, names: 2, blocks: 1, days: SMALL_DATES.length, sessions, flow: { rate: 0.2 } }),
  );
  const root = join(folder, 'data');
  const { code, stderr } = xim(['simulate', root, '--scenario', scenario, '--quiet']);
  if (code !== 0) throw new Error(stderr);
  // Costs of orders take most of the time of so small a run, and say nothing here.
  rmSync(join(root, 'parents'), { recursive: true });
  return root;
}

/** A configuration for the small market in a file of this path; its window is the last `days` days. */
export function smallConfig(path: string, root: string, store: string, sections: Sections = {}, days = 4): string {
  const config: Record<string, unknown> = {
    model: 'small',
    store,
    data: { root },
    calendar: { timezone: 'America/New_York', sessions: [['10:00', '10:15']] },
    fit: { window: `${days}d` },
  };
  for (const [section, keys] of Object.entries(sections)) config[section] = { ...(config[section] as object), ...keys };
  writeFileSync(path, JSON.stringify(config));
  return path;
}
