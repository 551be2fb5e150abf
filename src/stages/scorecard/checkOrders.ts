import type { ParentRow } from '../../model/parentRow.js';
import { type Issue, type IssueLog, note } from './issues.js';
import { type Fill, type FillRows, type ParentOrder, parentIds } from './orders.js';

/** Parent orders of a day that can be scored, in the order of the rows; the rest is noted in `log`. */
export function checkParents(
  rows: readonly ParentRow[],
  symbols: readonly string[],
  date: string,
  log: IssueLog,
): ParentOrder[] {
  const position = new Map(symbols.map((symbol, i) => [symbol, i]));
  const seen = new Set<string>();
  return rows.flatMap((row) => {
    const issue = parentDefect(row, position, seen);
    seen.add(row.id);
    const { symbol, ...order } = row;
    if (issue === undefined) return [{ ...order, side: row.side as 1 | -1, name: position.get(symbol)! }];
    note(log, issue, { date, dataset: 'parents', file: row.file, row: row.row, value: parentValue(issue, row) });
    return [];
  });
}

function parentDefect(
  row: ParentRow,
  position: ReadonlyMap<string, number>,
  seen: ReadonlySet<string>,
): Issue | undefined {
  if (!Number.isFinite(row.side + row.qty + row.arrivalNs + row.deadlineNs)) return 'parent_non_finite';
  if (!position.has(row.symbol)) return 'parent_unknown_symbol';
  if (row.qty <= 0) return 'parent_non_positive_qty';
  if (row.side !== 1 && row.side !== -1) return 'parent_bad_side';
  if (row.deadlineNs <= row.arrivalNs) return 'parent_deadline_before_arrival';
  return seen.has(row.id) ? 'parent_duplicate_id' : undefined;
}

function parentValue(issue: Issue, { id, symbol, qty, side, arrivalNs, deadlineNs }: ParentRow): string {
  if (issue === 'parent_unknown_symbol') return `${id}: symbol "${symbol}"`;
  if (issue === 'parent_non_positive_qty') return `${id}: qty ${qty}`;
  if (issue === 'parent_bad_side') return `${id}: side ${side}`;
  if (issue === 'parent_deadline_before_arrival')
    return `${id}: ${(arrivalNs - deadlineNs) / 1e9} s before the arrival`;
  return id;
}

/**
 * Fills of a day that can be used, in order of time; the rest is noted in `log`. `rows` are those of the parents dataset
 * and `parents` the orders kept of them.
 */
export function checkFills(
  fills: FillRows,
  rows: readonly ParentRow[],
  parents: readonly ParentOrder[],
  date: string,
  log: IssueLog,
): Fill[] {
  const ids = parentIds(rows);
  const kept = new Map(parents.map((parent, k) => [parent.id, k]));
  const orders = ids.map((id) => kept.get(id) ?? -1);
  const seen = new Map<number, { timeNs: number; identities: Set<number> }>();
  const out: Fill[] = [];
  for (let k = 0; k < fills.timeNs.length; k++) {
    const place = { date, dataset: 'fills', file: fills.file[k], row: fills.row[k] } as const;
    const defect = fillDefect(fills, k) ?? (repeats(seen, fills, k) ? ('fill_duplicate' as const) : undefined);
    if (defect) {
      note(log, defect, { ...place, value: `qty ${fills.qty[k]} at ${fills.price[k]}` });
      continue;
    }
    const order = Number.isNaN(fills.parent[k]) ? undefined : orders[fills.parent[k]];
    const stray = strayFill(fills, k, order, parents);
    if (stray) note(log, stray, { ...place, value: order === undefined ? 'no parent' : ids[fills.parent[k]] });
    out.push(fillOf(fills, k, stray ? -1 : order!));
  }
  return out;
}

function fillDefect({ timeNs, name, side, qty, price, anyPrice }: FillRows, k: number): Issue | undefined {
  if (!Number.isFinite(timeNs[k] + side[k] + qty[k] + price[k])) return 'fill_non_finite';
  if (name[k] < 0) return 'fill_unknown_symbol';
  if (price[k] <= 0 && !anyPrice) return 'fill_non_positive_price';
  if (qty[k] <= 0) return 'fill_non_positive_qty';
  return side[k] !== 1 && side[k] !== -1 ? 'fill_bad_side' : undefined;
}

/** Whether the name has a fill of the same identity at the same instant. */
function repeats(
  seen: Map<number, { timeNs: number; identities: Set<number> }>,
  { timeNs, name, identity }: FillRows,
  k: number,
): boolean {
  if (Number.isNaN(identity[k])) return false;
  const last = seen.get(name[k]);
  if (last?.timeNs === timeNs[k]) {
    if (last.identities.has(identity[k])) return true;
    last.identities.add(identity[k]);
  } else seen.set(name[k], { timeNs: timeNs[k], identities: new Set([identity[k]]) });
  return false;
}

function strayFill(
  { name, side }: FillRows,
  k: number,
  order: number | undefined,
  parents: readonly ParentOrder[],
): Issue | undefined {
  if (order === undefined) return 'fill_without_parent';
  if (order < 0) return 'fill_of_parent_set_aside';
  return parents[order].name !== name[k] || parents[order].side !== side[k] ? 'fill_unlike_parent' : undefined;
}

function fillOf(fills: FillRows, k: number, parent: number): Fill {
  return {
    timeNs: fills.timeNs[k],
    name: fills.name[k],
    venue: fills.venue[k],
    side: fills.side[k] as 1 | -1,
    qty: fills.qty[k],
    price: fills.price[k],
    file: fills.file[k],
    row: fills.row[k],
    parent,
  };
}
