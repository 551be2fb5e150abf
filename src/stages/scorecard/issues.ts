import type { IssueSummary } from '../../model/scorecard.js';

/** What can be wrong with a parent order or a fill. */
export const ISSUES = {
  parent_non_finite: 'set aside: a time, side or quantity is missing or cannot be read',
  parent_unknown_symbol: 'set aside: the symbol is not in the universe',
  parent_non_positive_qty: 'set aside: the quantity is zero or negative',
  parent_bad_side: 'set aside: the side is neither 1 nor -1',
  parent_deadline_before_arrival: 'set aside: the deadline is not after the arrival',
  parent_duplicate_id: 'set aside: an earlier row of the day has the same parent_id',
  parent_no_arrival_mid: 'set aside: no arrival_mid, and no quote at or before the arrival',
  parent_far_arrival_mid: 'set aside: arrival_mid is more than 20 % from the quoted mid at the arrival',
  parent_outside_sessions: 'kept: it arrives outside the sessions, as most orders of the day do',
  parent_without_fills: 'kept: nothing was filled',
  parent_overfilled: 'kept: more was filled than ordered',
  fill_non_finite: 'set aside: a time, side, quantity or price is missing or cannot be read',
  fill_unknown_symbol: 'set aside: the symbol is not in the universe',
  fill_non_positive_price: 'set aside: the price is zero or negative',
  fill_non_positive_qty: 'set aside: the quantity is zero or negative',
  fill_bad_side: 'set aside: the side is neither 1 nor -1',
  fill_duplicate: 'set aside: the same child order was filled alike at the same instant',
  fill_without_parent: 'counts as flow alone: no parent order has its parent_id',
  fill_of_parent_set_aside: 'counts as flow alone: its parent order was set aside',
  fill_unlike_parent: 'counts as flow alone: its symbol or side is not that of its parent order',
  fill_before_arrival: 'kept: it is older than the arrival of its parent order',
  fill_after_deadline: 'kept: the parent order missed its deadline',
} as const;
export type Issue = keyof typeof ISSUES;

/** Where an issue was seen: file and row (from zero) of its dataset, and the value found. */
export interface IssueExample {
  readonly date: string;
  readonly dataset: 'parents' | 'fills';
  readonly file: number;
  readonly row: number;
  readonly value: string;
}

export interface IssueCount extends IssueSummary {
  readonly issue: Issue;
  readonly examples: readonly IssueExample[];
}

const EXAMPLES_PER_ISSUE = 3;

/** Counts every issue and keeps its first examples. */
export interface IssueLog {
  readonly counts: Map<Issue, { count: number; readonly examples: IssueExample[] }>;
}

export const emptyLog = (): IssueLog => ({ counts: new Map() });

export function note({ counts }: IssueLog, issue: Issue, example: IssueExample): void {
  const entry = counts.get(issue) ?? { count: 0, examples: [] };
  counts.set(issue, entry);
  entry.count++;
  if (entry.examples.length < EXAMPLES_PER_ISSUE) entry.examples.push(example);
}

/** Issues of several days, in the order of {@link ISSUES}. */
export function summariseIssues(logs: readonly IssueLog[]): IssueCount[] {
  return (Object.keys(ISSUES) as Issue[]).flatMap((issue) => {
    const entries = logs.flatMap(({ counts }) => counts.get(issue) ?? []);
    const count = entries.reduce((sum, entry) => sum + entry.count, 0);
    const examples = entries.flatMap((entry) => entry.examples).slice(0, EXAMPLES_PER_ISSUE);
    return count === 0 ? [] : [{ issue, meaning: ISSUES[issue], count, examples }];
  });
}
