import { type Guardrail, LEVELS, type Level } from '../../model/guardrails.js';

/**
 * The least conservative level that each guardrail still allows while it is active.
 *
 * The playbook says to bound the cross share without saying how. Links inside blocks are those that a fit is surest of, so
 * the others are dropped; freezing would leave the very terms in the price that are too large a part of it.
 */
export const DEMANDS: Readonly<Record<Guardrail, Level>> = {
  conditionNumber: 'blockDiagonal',
  crossShare: 'blockDiagonal',
  basketNorm: 'blockDiagonal',
  regimeBreak: 'crossFrozen',
  dataLag: 'diagonal',
  venueOutage: 'diagonal',
  canary: 'diagonal',
  frozenLinks: 'crossFrozen',
};

/** 0 for `full` up to 3 for `diagonal`. */
export const caution = (level: Level): number => LEVELS.indexOf(level);

export const moreCautious = (a: Level, b: Level): Level => (caution(a) >= caution(b) ? a : b);

/** One level less conservative; `full` stays. */
export const relaxed = (level: Level): Level => LEVELS[Math.max(0, caution(level) - 1)];
