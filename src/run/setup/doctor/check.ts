import { type FailureKind, XimError } from '../../../model/failure.js';

/** Kinds of failure that a run could end with. */
export type ProblemKind = FailureKind;

/** One thing that was looked at. */
export interface Check {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'problem';
  readonly says: string;
  /** What to do; of everything that is not ok. */
  readonly remedy?: string;
  /** Of a problem: how a run would end. */
  readonly kind?: ProblemKind;
}

export const ok = (check: string, says: string): Check => ({ check, status: 'ok', says });
export const warning = (check: string, says: string, remedy: string): Check => ({
  check,
  status: 'warning',
  says,
  remedy,
});
export const problem = (check: string, kind: ProblemKind, says: string, remedy: string): Check => ({
  check,
  status: 'problem',
  says,
  remedy,
  kind,
});

/** What work gives, or the problem that it ends with. @throws what is no failure that a person can mend. */
export async function orProblem<T>(check: string, work: () => T | Promise<T>): Promise<{ value: T } | Check> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof XimError) return problem(check, error.kind, error.message, error.hint);
    throw error;
  }
}
