import { z } from 'zod';
import { boundsOf, count, flag, IMPACT, intervalOf, MILLIONS, MOVE, number, numbers, text } from './scalars.js';
import { decayPoint, timeConstants, tried } from './version.js';

/** How impact decays and bends, and how that was chosen. */

const storedMode = z.strictObject({
  label: text('the market, a block, a pair or a name'),
  scale: number('volume at which it bends, normalised millions'),
  weights: numbers('by time constant, normalised impact per million at zero'),
});

const concaveOfKernel = z.strictObject({
  power: number('of large volumes, 0 to 1'),
  tauSeconds: numbers('time constants of concave terms, seconds'),
  hasLinear: flag('whether flow moves names by a line as well'),
  modes: z.array(storedMode).describe('combinations of names that bend as one'),
});

const basketDecay = z.strictObject({
  basket: text('market, a block, or hedged basket'),
  seconds: number('over which it is worked, seconds'),
  scalar: number('cost over impact at once by one decay for all links'),
  modes: z.number().nullable().describe('the same by modes; null where they were not fitted'),
  low: number('lower bound of what its own flow bears, 99 % for all baskets together'),
  high: z.number().nullable().describe('upper bound of the same; null where nothing bounds it'),
});

export const kernel = z.strictObject({
  form: text('scalar, modes or matrix'),
  why: z.string().optional().describe('why this form, in a sentence; absent where it was given'),
  bucketMs: number('length of a bucket, milliseconds'),
  tauSeconds: timeConstants('time constants of the decay'),
  weights: numbers('shares of self impact by time constant, sum 1'),
  concavity: number('power of the flow before its decay; 1 is linear'),
  liquidity: z.number().optional().describe('γ, exponent of the depth of the book; absent where flow is not scaled'),
  concave: concaveOfKernel.optional().describe('terms that bend after the decay; absent where impact is linear'),
  tauPath: z
    .array(
      z.strictObject({
        tauSeconds: timeConstants('tried'),
        error: number('loss above the whole grid, residual variances'),
      }),
    )
    .describe('steps of the selection of time constants'),
  bands: z
    .array(
      z.strictObject({
        seconds: number('time since the trade, seconds'),
        ...intervalOf('share of impact at once', '90 %'),
      }),
    )
    .describe('of the fitted decay'),
  lags: z
    .array(
      z.strictObject({
        ...decayPoint,
        ...boundsOf('share of impact at once', '90 %'),
        predicted: z
          .number()
          .exactOptional()
          .describe(
            'what a concave model says of these buckets, share of impact at once; absent where impact is linear',
          ),
      }),
    )
    .describe('response to own flow by lag on the last day, no shape assumed'),
  modes: z
    .array(
      z.strictObject({
        label: text('market or block'),
        weights: numbers('by time constant, beyond those of the links, shares of √(K_ii K_jj)'),
      }),
    )
    .describe('decay of market and blocks; empty unless form is modes'),
  strength: z
    .number()
    .nullable()
    .describe('form matrix: ridge towards the scalar kernel, no unit; null where that is what stands'),
  strengthPath: z
    .array(z.strictObject({ strength: number('tried, no unit'), ...tried }))
    .describe('steps of its selection'),
  baskets: z.array(basketDecay).describe('what the form was chosen by; empty where it was given'),
  concavityPath: z
    .array(z.strictObject({ concavity: number('power that was tried'), ...tried }))
    .describe('where the power of the flow was chosen'),
  status: text('how the fit ended'),
  curve: z.array(z.strictObject(decayPoint)).describe('the fitted decay'),
});

const shape = z
  .union([
    z.strictObject({ kind: z.literal('linear').describe('a line') }),
    z.strictObject({
      kind: z.literal('after').describe('bends after the decay: a certificate can pass it'),
      power: number('of large volumes, 0 to 1'),
      scale: number('where it bends, over the typical flow of a bucket'),
    }),
    z.strictObject({
      kind: z.literal('before').describe('bends before the decay: always withheld'),
      power: number('of the flow, 0 to 1'),
    }),
  ])
  .describe('how own flow moves a name');

const liquidity = number('γ, exponent of the depth of the book');

const family = z.strictObject({
  shape,
  liquidity,
  r2: numbers('out-of-sample R² on own flow, by horizon'),
  mean: number('of R² over the horizons'),
  beyondChoice: number('mean R² beyond that of what its comparison chose'),
  error: number('standard error of that difference, R²'),
  isChosen: flag('whether its comparison chose it'),
});

export const families = z.strictObject({
  sentence: text('what was chosen, and why'),
  shape,
  liquidity,
  horizonSeconds: numbers('over which moves are summed, seconds'),
  comparisons: z
    .array(
      z.strictObject({
        testGroups: count('groups of folds that were predicted from those before; 0: too few to compare'),
        scores: z.array(family).describe('what was compared'),
      }),
    )
    .describe('first γ and whether impact bends, then how much'),
  withheldGain: z
    .number()
    .nullable()
    .describe(
      'mean R² of the best family that has to be withheld beyond that of the choice; null where none was compared',
    ),
  links: z
    .strictObject({
      linear: number('R² of all names on folds ahead where links are linear'),
      concave: number('the same where they are concave'),
    })
    .nullable()
    .describe('form of links where impact is concave; null where only one was fitted'),
});

export const concave = z.strictObject({
  power: number('of large volumes, 0 to 1'),
  tauSeconds: numbers('time constants of concave terms, seconds'),
  links: z.enum(['linear', 'concave']).describe('whether links are a line beside self impact, or bend as modes'),
  names: z
    .array(
      z.strictObject({
        symbol: text('name'),
        bend: number(`flow at which its impact bends, ${MILLIONS}`),
        typical: number(`median flow of a bucket in which it trades, ${MILLIONS}`),
        share: number('of self impact at typical flow that is concave, 0 to 1'),
      }),
    )
    .describe('by name'),
  modes: z
    .array(
      z.strictObject({ label: text('market, block or pair'), weights: numbers(`by time constant, ${IMPACT} at zero`) }),
    )
    .describe('combinations of names that bend as one'),
});

const flow = number(`own flow of a bucket, ${MILLIONS}`);

export const response = z.strictObject({
  symbol: text('name'),
  curve: z.array(z.strictObject({ flow, move: number(`what the model says, ${MOVE}`) })).describe('of the model'),
  points: z
    .array(
      z.strictObject({
        flow,
        move: number(`what happened on the last day, ${MOVE}`),
        error: number(`standard error, ${MOVE}`),
        buckets: count('that it is the mean of'),
      }),
    )
    .describe('of the last day, by size'),
});
