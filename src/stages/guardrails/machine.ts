import { heldMultiplier, type Multipliers } from '../../model/growth.js';
import { GUARDRAILS, type Guardrail, LEVELS, type Level } from '../../model/guardrails.js';
import { caution, DEMANDS, moreCautious, relaxed } from './levels.js';
import { type Observation, type Reading, readingsOf, sentence } from './readings.js';
import { checkThresholds, type Thresholds } from './thresholds.js';

/**
 * The machine that decides, bucket by bucket, how much of the matrix a live system may use.
 *
 * A guardrail trips in the bucket in which its value exceeds its threshold, and the level becomes at once what the most
 * conservative active one demands. It is released after `recoveryBuckets` calm buckets in a row: calm is at or below the
 * threshold times its release share, so a value that moves between the two changes nothing. The level then goes back one
 * step, and every further step takes `recoveryBuckets` again.
 *
 * State is plain JSON: a system that restarts goes on from what it stored. A new artifact starts from `initialState`.
 */
export interface GuardrailState {
  readonly level: Level;
  /** Calm buckets in a row of every guardrail that is active. */
  readonly active: Readonly<Partial<Record<Guardrail, number>>>;
  /** Buckets until the level may go back one more step. */
  readonly wait: number;
  /** Multiplier of links in the last bucket at `full`. */
  readonly heldMultiplier: number;
  /** Multipliers of the last bucket, where their growth is bounded. */
  readonly inUse?: Multipliers;
}

/**
 * How to price the bucket: `selfMultiplier · diag(K) + linkMultiplier · (M − diag(K))`, M the matrix that `prices` names. Where
 * `thresholds.multiplierGrowth` is given, neither grows faster than that from bucket to bucket; both fall at once.
 */
export interface Action {
  readonly prices: 'full' | 'blockDiagonal' | 'diagonal';
  readonly selfMultiplier: number;
  /**
   * Below `full`, what it was when `full` was left, and never above `selfMultiplier`: more would take the matrix out of
   * the positive semidefinite ones. It is given for `diagonal` too, where no link is priced.
   */
  readonly linkMultiplier: number;
  /** Whether links follow the regime. */
  readonly refreshesLinks: boolean;
}

/** Why the level is not `full`. */
export interface Reason {
  readonly cause: Guardrail | 'recovery';
  /** The least conservative level that it allows. */
  readonly demands: Level;
  readonly sentence: string;
}

export interface Transition {
  readonly state: GuardrailState;
  readonly action: Action;
  readonly reasons: readonly Reason[];
}

/** Before anything was observed: `full`, unless the artifact says that its links start frozen. @throws RangeError when a threshold is out of its range. */
export function initialState(thresholds: Thresholds): GuardrailState {
  checkThresholds(thresholds);
  return thresholds.linksAreFrozen
    ? { level: DEMANDS.frozenLinks, active: { frozenLinks: 0 }, wait: 0, heldMultiplier: 1 }
    : { level: 'full', active: {}, wait: 0, heldMultiplier: 1 };
}

/** One bucket further. The observation is what is known when the bucket opens, the action what to do in it. */
export function nextState(state: GuardrailState, observation: Observation, thresholds: Thresholds): Transition {
  const readings = readingsOf(observation, thresholds);
  const active = nextActive(state.active, readings, thresholds.recoveryBuckets);
  const demanded = GUARDRAILS.filter((guardrail) => active[guardrail] !== undefined)
    .map((guardrail) => DEMANDS[guardrail])
    .reduce(moreCautious, LEVELS[0]);
  const { level, wait } = nextLevel(state, demanded, thresholds.recoveryBuckets);
  const inUse = nextMultipliers(state, level, knownMultiplier(observation), thresholds.multiplierGrowth);
  const held = level === 'full' ? inUse.link : state.heldMultiplier;
  const isBounded = thresholds.multiplierGrowth !== undefined;
  return {
    state: { level, active, wait, heldMultiplier: held, ...(isBounded ? { inUse } : {}) },
    action: actionAt(level, inUse),
    reasons: reasonsFor(level, demanded, active, readings, wait),
  };
}

function nextActive(
  before: GuardrailState['active'],
  readings: Readonly<Record<Guardrail, Reading>>,
  recoveryBuckets: number,
): GuardrailState['active'] {
  const after: Partial<Record<Guardrail, number>> = {};
  for (const guardrail of GUARDRAILS) {
    const calm = calmBuckets(before[guardrail], readings[guardrail]);
    if (calm !== undefined && calm < recoveryBuckets) after[guardrail] = calm;
  }
  return after;
}

/** Calm buckets in a row; `undefined` where the guardrail is not active. */
function calmBuckets(before: number | undefined, { value, enter, leave }: Reading): number | undefined {
  if (value > enter) return 0;
  if (before === undefined || Number.isNaN(value)) return before;
  return value > leave ? 0 : before + 1;
}

/** More cautious at once, back one step at a time: the first with the release, which took as long as every further one. */
function nextLevel(
  { level, wait }: GuardrailState,
  demanded: Level,
  recoveryBuckets: number,
): Pick<GuardrailState, 'level' | 'wait'> {
  if (caution(demanded) > caution(level)) return { level: demanded, wait: 0 };
  if (wait > 0) return { level, wait: wait - 1 };
  return demanded === level ? { level, wait } : { level: relaxed(level), wait: recoveryBuckets - 1 };
}

function knownMultiplier({ multiplier = 1 }: Observation): number {
  if (Number.isNaN(multiplier)) return 1;
  if (!(multiplier > 0 && Number.isFinite(multiplier)))
    throw new RangeError(`the multiplier of the regime is ${multiplier}: give a positive number`);
  return multiplier;
}

/** Links follow self impact at `full`, and below it keep to what they were; never above self impact. */
function nextMultipliers(
  { inUse, heldMultiplier: held }: GuardrailState,
  level: Level,
  wanted: number,
  growth: number | undefined,
): Multipliers {
  const self = heldMultiplier(inUse?.self, wanted, growth);
  const link = heldMultiplier(inUse?.link, level === 'full' ? self : Math.min(self, held), growth);
  return { self, link: Math.min(self, link) };
}

function actionAt(level: Level, { self, link }: Multipliers): Action {
  return {
    prices: level === 'crossFrozen' ? 'full' : level,
    selfMultiplier: self,
    linkMultiplier: link,
    refreshesLinks: level === 'full',
  };
}

function reasonsFor(
  level: Level,
  demanded: Level,
  active: GuardrailState['active'],
  readings: Readonly<Record<Guardrail, Reading>>,
  wait: number,
): Reason[] {
  const reasons: Reason[] = GUARDRAILS.flatMap((guardrail) => {
    const calm = active[guardrail];
    if (calm === undefined) return [];
    return { cause: guardrail, demands: DEMANDS[guardrail], sentence: sentence(guardrail, readings[guardrail], calm) };
  });
  if (level === demanded) return reasons;
  const recovering = `on the way back to ${demanded}: one level less in ${wait + 1} buckets`;
  return [...reasons, { cause: 'recovery', demands: level, sentence: recovering }];
}
