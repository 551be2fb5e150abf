import { z } from 'zod';
import { configError } from '../model/failure.js';
import type { Scenario } from '../model/scenario.js';
import { date, endOfSession, timeOfDay } from './scalars.js';
import { checkScenarioNames } from './scenarioNames.js';

const hours = {
  date: date.describe('trading day'),
  from: timeOfDay.describe('in venue-local time, inside a session'),
  to: endOfSession.describe('in venue-local time, by the end of that session'),
};

/** A simulated market with a known truth. Defaults make a plain one; sample-data/scenario.yaml is that of the sample. */
export const scenarioSchema = z.strictObject({
  seed: z.int().min(0).default(1).describe('the same seed gives the same bytes'),
  names: z.int().min(1).max(2000).default(9).describe('names traded'),
  blocks: z.int().min(1).default(3).describe('blocks, of equal size where the numbers allow'),
  days: z.int().min(1).default(6).describe('trading days, weekends skipped'),
  first_date: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .default('2024-03-06')
    .describe('first trading day'),
  timezone: z.string().default('America/New_York').describe('time zone of the venue'),
  sessions: z
    .array(z.tuple([z.string(), z.string()]))
    .min(1)
    .default([
      ['10:00', '11:00'],
      ['13:00', '13:45'],
    ])
    .describe('sessions in venue-local time'),
  overrides: z
    .record(date, z.array(z.tuple([timeOfDay, endOfSession])).min(1))
    .optional()
    .describe('by date: its sessions instead of the usual ones, such as an early close'),
  venues: z
    .array(z.string().min(1))
    .min(1)
    .default(['ARCX', 'BATS', 'XNAS'])
    .describe('venues of the fills and trades'),
  impact: z
    .strictObject({
      within: z.number().default(0.35).describe('normalised link inside a block'),
      between: z.number().default(0.08).describe('normalised link between blocks'),
      dispersion: z.number().min(0).default(0.04).describe('standard deviation of links around their block'),
      per_child_bps: z.number().positive().default(0.9).describe('self impact of a typical child order'),
      tau_seconds: z
        .array(z.union([z.number().positive(), z.literal('permanent')]))
        .default([5, 300, 'permanent'])
        .describe('time constants of the decay'),
      weights: z.array(z.number().min(0)).default([0.3, 0.3, 0.4]).describe('weights of the decay, sum 1'),
      wide_multiplier: z
        .number()
        .positive()
        .default(1.1)
        .describe('impact while spreads are wide, against 2 minus it while they are not'),
      twins: z
        .strictObject({
          symbols: z.array(z.string()).length(2).describe('the two of them'),
          link: z
            .number()
            .min(-1)
            .max(1)
            .describe('normalised link between them, as far as others leave it admissible'),
        })
        .optional()
        .describe('two names that are nearly one: the second has links and loadings of the first'),
      concave: z
        .strictObject({
          power: z.number().gt(0).max(1).describe('power of large decayed flow; 1 is linear'),
          scale: z.number().positive().describe('decayed flow from which impact bends, in typical child orders'),
          tau_seconds: z.array(z.number().positive()).min(1).describe('its time constants, all finite'),
          weights: z
            .array(z.number().positive())
            .describe('self impact of a small order by time constant, as shares of self impact; K keeps the rest'),
          links: z
            .number()
            .min(0)
            .default(0)
            .describe('self impact that the market and every block add, each as a share of self impact'),
        })
        .optional()
        .describe('impact that is concave after the decay; none where it is left out'),
    })
    .prefault({}),
  flow: z
    .strictObject({
      baskets: z.int().min(1).default(6).describe('baskets at work at any time'),
      share: z.number().gt(0).max(1).default(0.6).describe('share of the names in a basket'),
      minutes: z.number().positive().default(6).describe('length of a basket'),
      rate: z.number().gt(0).max(1).default(0.05).describe('child orders of a leg per second'),
      one_sided: z.number().min(0).max(1).default(0.4).describe('how alike the sides of a basket are'),
      chasing: z
        .number()
        .min(0)
        .default(0.8)
        .describe('how much more a leg trades when the market factor moves its way'),
      tails: z
        .number()
        .gt(1)
        .optional()
        .describe('degrees of freedom of Student t child orders; within half of the typical one where it is left out'),
      thin: z
        .record(z.string(), z.number().gt(0).max(1))
        .optional()
        .describe('by symbol: share of the usual orders that it gets; all of them where it is left out'),
    })
    .prefault({}),
  factors: z
    .strictObject({ market_bps: z.number().min(0).default(0.8), block_bps: z.number().min(0).default(0.4) })
    .prefault({}),
  arms: z
    .strictObject({
      unit: z.enum(['basket', 'parent']).default('parent').describe('what is given an arm at random'),
      share: z.number().gt(0).lt(1).default(0.5).describe('share of the units in the arm "treatment"'),
      saving_bps: z.number().default(0).describe('how much better than the arm "control" it is filled'),
    })
    .optional()
    .describe('arms of the parent orders; none where it is left out'),
  liquidity: z
    .strictObject({
      gamma: z.number().min(0).describe('flow moves prices by (typical depth / depth) to this power'),
      spread: z.number().min(0).describe('standard deviation of the logarithm of the depth at the touch'),
      half_life_minutes: z.number().positive().default(5).describe('minutes after which half of an excess is gone'),
    })
    .optional()
    .describe('depth at the touch that varies in time; quoted sizes say nothing where it is left out'),
  halts: z
    .array(z.strictObject({ ...hours, symbol: z.string().describe('the name that is halted') }))
    .optional()
    .describe('halts of single names: no quotes and no trades; each is a row of events.csv'),
  late_venues: z
    .array(
      z.strictObject({
        ...hours,
        venue: z.string().describe('whose clock runs ahead'),
        seconds: z.number().describe('by which it stamps fills and trades late; negative: early'),
      }),
    )
    .optional()
    .describe('clocks of single venues that are wrong for some hours'),
  events: z
    .array(
      z.strictObject({
        ...hours,
        symbol: z.string().default('*').describe('the name that it concerns; *: every name'),
        label: z.string().min(1).describe('what it is, as events.csv has it'),
        jump_bps: z.number().default(0).describe('by which prices move at its beginning, with no flow behind it'),
      }),
    )
    .optional()
    .describe('rows of events.csv'),
  noise_bps: z.number().min(0).default(1).describe('residual move per second'),
  noise_trades: z.number().min(0).default(0.02).describe('trades of others per name and second, without impact'),
  faults: z
    .strictObject({
      venue_clock_ms: z.record(z.string(), z.number()).default({}).describe('how far a venue’s clock runs ahead'),
      gap_minutes: z.number().min(0).default(0).describe('minutes without quotes for the first name, each day'),
      halt_minutes: z.number().min(0).default(0).describe('minutes in which the second name is halted, each day'),
      bad_ticks: z.int().min(0).default(0).describe('quotes a tenth away that are taken back, each day'),
      crossed: z.int().min(0).default(0).describe('crossed quotes, each day'),
      duplicates: z.int().min(0).default(0).describe('fills written twice, each day'),
      out_of_order: z.int().min(0).default(0).describe('quotes written late, each day'),
      late_quotes_ms: z.number().min(0).optional().describe('how late quotes of the last name are stamped'),
      hidden_factors: z.boolean().optional().describe('the factors in the files are noise, not those that move prices'),
      flow_follows_moves: z
        .number()
        .min(0)
        .optional()
        .describe('how much more a leg trades the second after an unexplained move its way, per bps'),
      links_flip_on_day: z
        .int()
        .min(1)
        .optional()
        .describe('day, counted from 1, from which links have the other sign'),
      link_reversion: z.number().optional().describe('share of what links do that is taken back a second later'),
      crowding: z
        .number()
        .min(0)
        .optional()
        .describe('flow of others that all names share, in child orders, with legs that trade on its side'),
      concavity: z.number().gt(0).max(1).optional().describe('power of flow that moves prices'),
    })
    .prefault({}),
});

/** @throws config error naming the key and the value found. */
export function parseScenario(document: unknown): Scenario {
  const parsed = scenarioSchema.safeParse(document ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw configError(
      `scenario ${issue.path.join('.') || 'file'}: ${issue.message}`,
      'correct the key, or leave it out; sample-data/scenario.yaml is an example',
    );
  }
  const { weights, tau_seconds } = parsed.data.impact;
  const total = weights.reduce((sum, w) => sum + w, 0);
  if (weights.length !== tau_seconds.length || Math.abs(total - 1) > 1e-9) {
    throw configError(
      `scenario impact.weights: ${JSON.stringify(weights)} for ${tau_seconds.length} time constants`,
      'give one weight per time constant, with sum 1',
    );
  }
  checkConcave(parsed.data.impact.concave);
  checkScenarioNames(parsed.data);
  return parsed.data;
}

function checkConcave(concave: Scenario['impact']['concave']): void {
  if (!concave) return;
  const { weights, tau_seconds } = concave;
  if (weights.length === tau_seconds.length && weights.reduce((sum, w) => sum + w, 0) <= 1 + 1e-9) return;
  throw configError(
    `scenario impact.concave.weights: ${JSON.stringify(weights)} for ${tau_seconds.length} time constants`,
    'give one weight per time constant, with a sum of at most 1',
  );
}
