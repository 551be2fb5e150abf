import { Argument, Option } from 'commander';
import { durationNs, parseDurationNs } from '../../model/duration.js';
import { XimError } from '../../model/failure.js';
import { POLICIES, type PolicyName, USUAL_SETTINGS } from '../../model/scheduleSettings.js';
import type { PlanRequest } from '../../run/schedule/planBasket.js';
import { optionalDate } from '../options/dates.js';
import { nonNegative } from '../options/parsers.js';
import { auction, type BalanceTexts, balances, capShare, type UnknownTexts, unknownName } from '../options/schedule.js';
import { defineVerb } from '../verb.js';

interface ScheduleArguments {
  readonly basket?: string;
  readonly ref?: string;
  readonly date?: string;
  readonly start?: string;
  readonly end?: string;
  readonly bucket?: string;
  readonly policy?: PolicyName;
  readonly side: 'same' | 'free';
  readonly cap: number | 'none';
  readonly maxStep?: number;
  readonly urgency: 'low' | 'medium' | 'high';
  readonly riskAversion?: number;
  readonly temporary: number;
  readonly close?: { readonly share: number; readonly cap: number };
  readonly penalty?: number;
  readonly balance: BalanceTexts;
  readonly compare?: boolean;
  readonly frontier?: boolean;
  readonly fromState?: string;
  readonly band?: number;
  readonly state?: string;
  readonly fills?: string;
  readonly otherFills?: string;
  readonly volume?: string;
  readonly allowUnknown: UnknownTexts;
  readonly out?: string;
}

const BASKET =
  'CSV, Parquet or JSON: symbol, side (or signed amounts), qty or notional (millions), and start, end, cap, lot, urgency, alpha_bps, half_spread_bps of a name';

export const verb = defineVerb<ScheduleArguments>({
  name: 'schedule',
  description: 'a basket as child orders over time, by a certified version: what to trade when, and what it costs',
  arguments: [new Argument('[basket]', BASKET)],
  options: [
    new Option('--ref <ref>', 'version to schedule by (default: champion, else candidate)'),
    optionalDate,
    new Option('--start <time>', 'venue time, 10:30 (default: the session opens)'),
    new Option('--end <time>', 'venue time (default: the session closes)'),
    new Option(
      '--bucket <duration>',
      'of the schedule, a multiple of the model’s (default: at most 80 of them)',
    ).argParser(duration),
    new Option(
      '--policy <policy>',
      'how it is worked (default: cross where cross-impact is evident, half or diagonal where it is not)',
    ).choices(POLICIES),
    new Option('--side <side>', 'same: no name is traded back').choices(['same', 'free']).default(USUAL_SETTINGS.side),
    new Option('--cap <share>', 'largest share of a bucket’s volume, or none')
      .argParser(capShare)
      .default(USUAL_SETTINGS.cap),
    new Option('--max-step <share>', 'largest change of a name’s participation from one bucket to the next').argParser(
      nonNegative,
    ),
    new Option('--urgency <level>', 'how much risk weighs against impact')
      .choices(['low', 'medium', 'high'])
      .default('medium'),
    new Option('--risk-aversion <lambda>', 'λ per million and bps, instead of --urgency').argParser(nonNegative),
    new Option('--temporary <bps>', 'bps at a participation of 100 %, beside the model')
      .argParser(nonNegative)
      .default(USUAL_SETTINGS.temporaryBps),
    new Option(
      '--close <share:cap>',
      'closing auction as a last bucket: its share of the day’s volume, and the share of it to take',
    ).argParser(auction),
    new Option('--penalty <bps>', 'a rest may stay undone; it is done after the horizon, so much dearer').argParser(
      nonNegative,
    ),
    new Option(
      '--balance <kind=bps>',
      'hold cash, sector or beta exposure to its path, as if a factor moved it by bps a day',
    )
      .argParser(balances)
      .default({}),
    new Option('--compare', 'beside TWAP, VWAP, sector by sector, and schedules that do not know the links'),
    new Option('--frontier', 'cost against risk, from no hurry to great hurry'),
    new Option('--from-state <file>', 'schedule.json of a running plan: plan the rest from --start on'),
    new Option('--band <share>', 'with --from-state: what a new plan has to save of the cost').argParser(nonNegative),
    new Option('--state <file>', 'what earlier own trades still weigh: of a schedule.json, or an impact state'),
    new Option(
      '--fills <file>',
      'own fills of the day so far (ts, symbol, side, qty); with --from-state, those of its basket',
    ),
    new Option('--other-fills <file>', 'own fills of other baskets: they weigh on prices, and are no part of the plan'),
    new Option('--volume <file>', 'symbol, start, end, volume (millions): instead of what traded in the window'),
    new Option(
      '--allow-unknown <symbol=millions>',
      'price a name that the version does not know by what trades of it in a day',
    )
      .argParser(unknownName)
      .default([]),
    new Option('--out <folder>', 'write schedule.json, .csv, .parquet and .html'),
  ],
  computes: true,
  action: async ({ config, effects, options }, args) => {
    const { judgingVersion } = await import('../../run/orders/priceModel.js');
    const { planBasket } = await import('../../run/schedule/planBasket.js');
    const { scheduleText } = await import('../steps/scheduleText.js');
    const { withEngine } = await import('../../run/pipeline.js');
    const version = judgingVersion(config.store, args.ref);
    if (!version)
      throw new XimError(
        'notFound',
        `${config.store} has no champion and no candidate`,
        'run a date, or name a version with --ref',
      );
    if (args.basket === undefined && args.fromState === undefined)
      throw new XimError(
        'usage',
        'nothing to schedule',
        'name the file of a basket, or --from-state of a running plan',
      );
    const document = await withEngine(config, effects, (engine) =>
      planBasket({ ...requestOf(args), store: config.store, version, engine, force: options.force ?? false }),
    );
    const written =
      args.out === undefined || options.dryRun ? [] : await writeFiles(document, args.out, effects.temporaryFolder);
    return {
      text: [scheduleText(document), ...written.map((path) => `wrote ${path}`)].join('\n'),
      json: document,
    };
  },
});

async function writeFiles(
  ...given: Parameters<typeof import('../../run/schedule/scheduleFiles.js').writeScheduleFiles>
) {
  const { writeScheduleFiles } = await import('../../run/schedule/scheduleFiles.js');
  return writeScheduleFiles(...given);
}

function requestOf(args: ScheduleArguments): Omit<PlanRequest, 'store' | 'version' | 'engine'> {
  const { basket, date, start, end, policy, compare, frontier, state, fills, otherFills, band } = args;
  return {
    ...{ basket, date, start, end, policy, compare, frontier, state, fills, otherFills, band },
    plan: args.fromState,
    volumes: args.volume,
    bucketNs: args.bucket === undefined ? undefined : durationNs(args.bucket),
    unknown: args.allowUnknown,
    settings: {
      side: args.side,
      cap: args.cap,
      urgency: args.riskAversion === undefined ? args.urgency : { aversion: args.riskAversion },
      maxStep: args.maxStep,
      temporaryBps: args.temporary,
      close: args.close,
      unfinishedPenaltyBps: args.penalty,
      balances: args.balance,
    },
  };
}

function duration(text: string): string {
  if (parseDurationNs(text) !== undefined) return text;
  throw new XimError('usage', `--bucket ${JSON.stringify(text)} is no duration`, 'write it as 30s, 1m or 5m');
}
