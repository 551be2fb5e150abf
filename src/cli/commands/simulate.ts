import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Argument, Option } from 'commander';
import { XimError } from '../../model/failure.js';
import type { Scenario } from '../../model/scenario.js';
import type { ScheduleDocument } from '../../model/scheduleDocument.js';
import type { CommandResult, Session } from '../session.js';
import { fixed } from '../text.js';
import { defineVerb } from '../verb.js';

interface SimulateArguments {
  readonly folder: string;
  readonly scenario?: string;
  readonly execute?: string;
}

export const verb = defineVerb<SimulateArguments>({
  name: 'simulate',
  description: 'raw data with a known truth',
  arguments: [new Argument('<folder>', 'where to write the data')],
  options: [
    new Option('--scenario <file>', 'YAML with the settings of the simulated market'),
    new Option('--execute <file>', 'schedule.json whose children are traded on its date: the market answers them'),
  ],
  computes: true,
  action: async (session, args) => {
    const target = resolve(args.folder);
    if (existsSync(target) && readdirSync(target).length > 0 && !session.options.force)
      throw new XimError(
        'usage',
        `${target} is not empty`,
        'choose a new folder, or pass --force to write into this one',
      );
    const { parseScenario } = await import('../../config/scenario.js');
    const scenario = parseScenario(args.scenario === undefined ? {} : await readScenario(resolve(args.scenario)));
    const schedule = args.execute === undefined ? undefined : await readSchedule(resolve(args.execute), scenario);
    if (!session.options.dryRun) return writeMarket(session, target, scenario, schedule);
    const { names, days, first_date } = scenario;
    return {
      text: `would write ${names} names and ${days} days from ${first_date} to ${target}${schedule ? `, executing the schedule on ${schedule.date}` : ''}`,
      json: { folder: target, scenario },
    };
  },
});

async function writeMarket(
  { config, effects }: Session,
  target: string,
  scenario: Scenario,
  schedule: ScheduleDocument | undefined,
): Promise<CommandResult> {
  const { withEngine } = await import('../../run/pipeline.js');
  const { writeSimulation } = await import('../../run/simulate.js');
  const summary = await withEngine(config, effects, async (engine) =>
    writeSimulation(scenario, target, await engine(), effects.stage, schedule),
  );
  const { dates, quotes, trades, fills, parents, executed } = summary;
  const answered = executed
    ? `\nbasket ${executed.basketId} of ${executed.date}: shortfall ${fixed(executed.shortfallBps, 2)} bps, of which prices would have moved ${fixed(executed.driftBps, 2)} without it; ${fixed(executed.expectedBps, 2)} were expected`
    : '';
  return {
    text: `${target}: ${dates.length} days from ${dates[0]} to ${dates.at(-1)}, ${quotes} quotes, ${trades} trades, ${fills} fills of ${parents} parents; the truth is in truth.json${answered}`,
    json: { folder: target, ...summary },
  };
}

/** @throws XimError `usage` for a schedule that does not fit the scenario */
async function readSchedule(path: string, scenario: Scenario): Promise<ScheduleDocument> {
  if (!existsSync(path)) throw new XimError('usage', `the schedule ${path} does not exist`, 'check --execute');
  const { readPlan } = await import('../../run/schedule/planBasket.js');
  const { planOf } = await import('../../run/simulate.js');
  const schedule = readPlan(path);
  planOf(scenario, schedule);
  return schedule;
}

async function readScenario(path: string): Promise<unknown> {
  if (!existsSync(path)) throw new XimError('config', `the scenario ${path} does not exist`, 'check --scenario');
  const { readYaml } = await import('../../config/yamlFile.js');
  return readYaml(path);
}
