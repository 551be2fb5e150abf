import { z } from 'zod';
import type { ScheduleDocument } from '../../model/scheduleDocument.js';
import { MOVE_UNITS } from '../../model/units.js';
import { count, flag, MILLIONS, MOVE, number, numbers, text, texts } from './scalars.js';

/** `schedule.json`: every field with its meaning and unit, held by the compiler to {@link ScheduleDocument}. */

const COST = `${MOVE} of the gross amount`;

const state = z.strictObject({
  kind: z.literal('xim-impact-state').describe('what the document is'),
  version: text('id of the version whose time constants these are'),
  symbols: texts('names of the rows below'),
  linear: z.array(numbers(`by time constant, ${MILLIONS}`)).describe(`names by time constants, ${MILLIONS}`),
  concave: z
    .array(numbers(`by time constant, ${MILLIONS}`))
    .exactOptional()
    .describe(`the same of concave terms, ${MILLIONS}`),
});

const row = z.strictObject({
  ts: text('end, UTC, ISO 8601'),
  start: text('venue time, HH:MM'),
  end: text('venue time, HH:MM'),
  kind: z.enum(['continuous', 'auction', 'cleanUp']).describe('cleanUp: what is left after the horizon'),
});

const optional = (meaning: string) => z.number().exactOptional().describe(meaning);

const name = z.strictObject({
  symbol: text('name'),
  block: text('group that the universe gives'),
  millions: number(`to buy (+) or sell (−), ${MILLIONS}`),
  shares: z.number().nullable().describe('the same in units of quantity; null where only money is known'),
  lot: number('least quantity, units'),
  unitMillions: z.number().nullable().describe(`of one unit of quantity, ${MILLIONS}; null where it is not known`),
  participation: number('share of what trades over the horizon, 0 to 1'),
  costBps: number(`expected, ${MOVE} of the name’s own amount`),
  nextMillionBps: number(`of the next million in the first row that it trades in, ${MOVE}`),
  startNs: optional('earliest, nanoseconds after local midnight'),
  endNs: optional('latest, nanoseconds after local midnight'),
  cap: optional('largest share of the volume of a bucket, 0 to 1'),
  urgency: optional('what its risk weighs against that of others, no unit'),
  alphaBps: optional(`expected move of its price over the horizon, ${MOVE}`),
  halfSpreadBps: optional(`half the spread, ${MOVE}`),
  isKnown: flag('whether the version knows it'),
});

const settings = z.strictObject({
  side: z.enum(['same', 'free']).describe('whether a name may be traded back'),
  cap: z.union([z.number(), z.literal('none')]).describe('largest share of the volume of a bucket, 0 to 1, or none'),
  urgency: z.enum(['low', 'medium', 'high', 'given']).describe('what risk weighs'),
  aversion: number('λ, per million and bps'),
  typicalAversion: number('λ at which risk weighs as much as impact, per million and bps'),
  maxStep: z.number().nullable().describe('largest change of participation from row to row, 0 to 1; null: none'),
  temporaryBps: number(`temporary impact at a participation of 100 %, ${MOVE}`),
  close: z
    .strictObject({
      share: number('of the day’s volume in the auction, 0 to 1'),
      cap: number('of it that may be taken, 0 to 1'),
    })
    .nullable()
    .describe('the closing auction; null where it is not used'),
  unfinishedPenaltyBps: z.number().nullable().describe(`what a rest costs, ${MOVE}; null where none may be left`),
  balances: z.record(z.string(), z.number()).describe('weights by which exposures fade as the basket does, by kind'),
});

const cost = z.strictObject({
  spread: number(COST),
  temporary: number(`temporary impact, ${COST}`),
  self: number(`impact of each name on itself, ${COST}`),
  cross: number(`impact of names on each other, ${COST}`),
  earlier: number(`what earlier own trades still weigh, ${COST}`),
  alpha: number(`expected moves of prices, ${COST}`),
  expected: number(`sum of the parts, ${COST}`),
  deviation: number(`standard deviation of what prices do meanwhile, ${COST}`),
  q95: number(`95 % quantile, ${COST}`),
  expectedMoney: number('expected, units of the reporting currency'),
});

const child = z.strictObject({
  row: count('of rows, from 0'),
  symbol: text('name'),
  qty: z.number().nullable().describe('units of quantity, signed; null where only money is known'),
  notional: number(`signed, ${MILLIONS}`),
  participation: number('share of the volume of the row, 0 to 1'),
  expectedCostBps: number(`${MOVE} of the child order`),
  marginalCostBps: number(`of the next million, ${MOVE}`),
});

const comparison = z.strictObject({
  policy: text('way to work it: “xim explain policy”'),
  cost: cost.describe('by the model of the version'),
  believedBps: number(`expected by its own view of the market, ${COST}`),
  wasteAtEqualRiskBps: number(`beyond the cheapest schedule of the same risk, ${COST}`),
  regretWithoutLinksBps: number(`beyond the best schedule if there were no links, ${COST}`),
  gap: z.number().nullable().describe('above its own optimum at most, of what a schedule can save; null for rules'),
});

export const scheduleSchema = z.strictObject({
  kind: z.literal('xim-schedule').describe('what the document is'),
  schemaVersion: z.literal(1).describe('of this form'),
  version: z
    .strictObject({
      id: text('hexadecimal'),
      folder: text('name of the version in its store'),
      asof: text('last trading day of its window, YYYY-MM-DD'),
      certificate: text('passed, failed or withheld'),
      crossImpact: text('what its links amount to'),
    })
    .describe('whose prices these are'),
  date: text('of the schedule, YYYY-MM-DD'),
  timezone: text('of the venue, IANA'),
  units: z.enum(MOVE_UNITS).describe('of moves: bps, or price points'),
  bucketSeconds: number('length of a row, seconds'),
  modelBuckets: count('buckets of the model in a row'),
  rows: z.array(row).describe('when is traded'),
  names: z.array(name).describe('what is traded'),
  settings: settings.describe('limits and weights'),
  policy: z
    .strictObject({
      name: text('way that it is worked'),
      reason: text('why this one'),
      status: text('how the solver ended'),
      gap: z.number().nullable().describe('above its optimum at most, of what a schedule can save; null for rules'),
    })
    .describe('how it is worked'),
  gross: number(`bought and sold together, ${MILLIONS}`),
  net: number(`bought less sold, ${MILLIONS}`),
  cost: cost.describe('in whole lots'),
  children: z.array(child).describe('orders, by row and name'),
  schedule: z.array(numbers(`by row, ${MILLIONS}`)).describe(`by name and row, signed ${MILLIONS}, with what is zero`),
  pairs: z
    .array(
      z.strictObject({
        from: text('name that trades'),
        to: text('name that pays'),
        costBps: number(`${COST}; negative where it helps`),
        ofItsOwnBps: number(`${MOVE} of what the paying name trades`),
      }),
    )
    .describe('who hurts whom'),
  comparison: z.array(comparison).exactOptional().describe('other ways to work it'),
  frontier: z
    .array(
      z.strictObject({
        aversion: number('λ, per million and bps'),
        expected: number(COST),
        deviation: number(`standard deviation, ${COST}`),
        doneBy: text('when 95 % is done, venue time HH:MM'),
      }),
    )
    .exactOptional()
    .describe('cheapest cost for every risk'),
  replan: z
    .strictObject({
      fits: flag('whether the rest of the old plan still keeps every limit'),
      savingBps: number(`of a new plan over the rest of the old one, ${COST}`),
      band: number('share of what is at stake that a new one has to save, 0 to 1'),
      isKept: flag('whether it is kept'),
    })
    .exactOptional()
    .describe('the rest of an earlier plan'),
  state: state.describe('what earlier own trades still weigh when the first row begins'),
  notes: texts('what the reader should know'),
}) satisfies z.ZodType<ScheduleDocument>;
