import type { FailureMode } from '../diagnosis.js';
import type { Guardrail, Level } from '../guardrails.js';

/** What each diagnostic looks for; its remedy stands with the diagnostics. */
export const DIAGNOSTIC_WORDS: Readonly<Record<FailureMode, string>> = {
  'asynchronous clocks':
    'Whether names or venues have clocks of their own: covariances of every pair of names at lags both ways, and flow of each venue against moves at lags. A response that arrives in another bucket than its flow is missing from the price.',
  'placebo leads':
    'Flow of the next buckets must not explain this bucket’s move. Where it does, stamps are late or flow follows prices, and what answers a move passes for impact.',
  'factor contamination':
    'Whether flow that follows a common factor passes for links: what a one-sided basket costs, and the same once the common mode of flow has an effect of its own.',
  'over-fitted links':
    'Whether links promise more than they keep: the slope of moves on what links predict, on the folds that taught them and on those that did not.',
  'regime portability':
    'Whether one size of impact serves every state of the market (spread, volatility, crowding), beyond the multipliers that the artifact publishes.',
  'bucket size':
    'Whether links are those of the market or of the bucket: the same fit in buckets one, two and four times as wide.',
  crowding:
    'Share of the impact that is the work of others on the same side, who would not be there for another order.',
  'aggressive tails':
    'Whether impact falls behind its prediction where own flow is largest, so that large slices are priced too dear and small ones too cheap.',
};

/** What trips each guardrail of a live system. */
export const GUARDRAIL_WORDS: Readonly<Record<Guardrail, string>> = {
  conditionNumber: 'The condition number of normalised K is above guardrails.condition_cap.',
  crossShare: 'Links make up more of the predicted cost than guardrails.cross_share_cap.',
  basketNorm: 'Links multiply the self cost of some basket by more than guardrails.basket_cap.',
  regimeBreak:
    'Residual moves in the direction of the prediction have a z-score beyond guardrails.residual_z over guardrails.residual_window: the market does not answer as it did in calibration.',
  dataLag: 'The data are older than guardrails.data_lag.',
  venueOutage: 'A venue is out: its quotes and flow are missing from what links are priced on.',
  canary: 'Links are used by the symbols of guardrails.canary first, and the symbol is none of them.',
  frozenLinks: 'The version says that its links are not told apart from an unrecorded factor.',
};

/** What a live system prices with. */
export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  full: 'All links, at the multiplier of the regime.',
  crossFrozen: 'All links, held at the multiplier at which “full” was left; self impact follows the regime.',
  blockDiagonal: 'The links inside blocks alone, held in the same way.',
  diagonal: 'Self impact alone.',
};
