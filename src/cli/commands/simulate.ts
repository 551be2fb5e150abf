import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { parseScenario } from '../../config/scenario.js';
import { XimError } from '../../model/failure.js';
import { withEngine } from '../../run/pipeline.js';
import { writeSimulation } from '../../run/simulate.js';
import type { CommandResult, Session } from '../session.js';

/** `xim simulate FOLDER`: raw data with a known truth. */
export async function simulate(
  session: Session,
  { folder, scenario }: { folder: string; scenario?: string },
): Promise<CommandResult> {
  const target = resolve(folder);
  if (existsSync(target) && readdirSync(target).length > 0 && !session.options.force) {
    throw new XimError(
      'usage',
      `${target} is not empty`,
      'choose a new folder, or pass --force to write into this one',
    );
  }
  const settings = parseScenario(scenario === undefined ? {} : readScenario(resolve(scenario)));
  if (session.options.dryRun) {
    const { names, days, first_date } = settings;
    return {
      text: `would write ${names} names and ${days} days from ${first_date} to ${target}`,
      json: { folder: target, scenario: settings },
    };
  }
  return withEngine(session.config, session.effects, async (engine) => {
    const summary = await writeSimulation(settings, target, await engine(), session.effects.stage);
    const { dates, quotes, trades, fills, parents } = summary;
    return {
      text: `${target}: ${dates.length} days from ${dates[0]} to ${dates.at(-1)}, ${quotes} quotes, ${trades} trades, ${fills} fills of ${parents} parents; the truth is in truth.json`,
      json: { folder: target, ...summary },
    };
  });
}

function readScenario(path: string): unknown {
  if (!existsSync(path)) throw new XimError('config', `the scenario ${path} does not exist`, 'check --scenario');
  return parse(readFileSync(path, 'utf8'));
}
