import { dataError } from '../../model/failure.js';
import type { DayOrders } from './dayOrders.js';
import { type IssueLog, note } from './issues.js';
import { lastKnown, type ParentOrder } from './orders.js';

/** What the arrivals of a day's orders say against the market of that day. */

/** Shares: mids further apart are not of the same price, whatever happened between two quotes. */
const FAR = 0.2;
/** Quoted spreads that must lie between them, too, where a price may be near zero. */
const FAR_SPREADS = 20;

/**
 * Orders whose `arrival_mid`, where they have one, is near the quoted mid at their arrival; the others are noted in `log`.
 * @throws data error where most of them are far from it: the column is of another unit, not a few rows.
 */
export function checkArrivalMids(orders: DayOrders, log: IssueLog): ParentOrder[] {
  const { parents, day } = orders;
  const quoted = parents.map((parent) => quotedAt(orders, parent));
  const far = parents.filter(({ arrivalMid }, k) => isFar(orders, arrivalMid, quoted[k]));
  const known = parents.filter(({ arrivalMid }, k) => Number.isFinite(arrivalMid + quoted[k].mid));
  const value = (parent: ParentOrder) => {
    const { mid } = quoted[parents.indexOf(parent)];
    return `${parent.id}: arrival_mid ${parent.arrivalMid} against ${mid}`;
  };
  if (2 * far.length > known.length)
    throw dataError(
      `parents of ${day.grid.date}: arrival_mid is more than ${100 * FAR} % from the quoted mid at the arrival for ` +
        `${far.length} of ${known.length} orders, as ${value(far[0])}`,
      'bring it to the unit of the quotes (data.columns.parents.arrival_mid: { column: …, scale: … }), check the stamps, or leave it out: the quoted mid is then taken',
    );
  for (const parent of far)
    note(log, 'parent_far_arrival_mid', {
      date: day.grid.date,
      dataset: 'parents',
      file: parent.file,
      row: parent.row,
      value: value(parent),
    });
  const setAside = new Set(far);
  return parents.filter((parent) => !setAside.has(parent));
}

interface Quoted {
  readonly mid: number;
  readonly spread: number;
}

function quotedAt({ mids }: DayOrders, { name, arrivalNs }: ParentOrder): Quoted {
  const k = lastKnown(mids, name, arrivalNs);
  return k < 0 ? { mid: Number.NaN, spread: Number.NaN } : { mid: mids.mid[name][k], spread: mids.spread[name][k] };
}

function isFar({ units = 'bps' }: DayOrders, arrivalMid: number, { mid, spread }: Quoted): boolean {
  const distance = Math.abs(arrivalMid - mid);
  if (units === 'bps') return arrivalMid > 0 && distance > FAR * mid;
  return distance > FAR * Math.abs(mid) && distance > FAR_SPREADS * spread;
}

/** Notes the orders that arrive in a break or after the close, where most do: the stamps are of another clock. */
export function noteArrivalsOutside({ parents, day: { grid } }: DayOrders, log: IssueLog): void {
  const [{ startNs: open }] = grid.sessions;
  const meets = (fromNs: number, toNs: number) =>
    grid.sessions.some(({ startNs, endNs }) => fromNs <= endNs && toNs >= startNs);
  const outside = parents.filter(({ arrivalNs, deadlineNs }) =>
    arrivalNs < open ? !meets(arrivalNs, deadlineNs) : !meets(arrivalNs, arrivalNs),
  );
  if (2 * outside.length <= parents.length) return;
  const sessions = grid.sessions.map(({ startNs, endNs }) => `${clockTime(startNs)} to ${clockTime(endNs)}`);
  for (const { id, file, row, arrivalNs, deadlineNs } of outside)
    note(log, 'parent_outside_sessions', {
      date: grid.date,
      dataset: 'parents',
      file,
      row,
      value: `${id}: ${clockTime(arrivalNs)} to ${clockTime(deadlineNs)}; the sessions are ${sessions.join(', ')}`,
    });
}

const DAY_S = 86_400;

/** `09:30:00`, with days where it is none of this one. */
function clockTime(timeNs: number): string {
  const seconds = Math.floor(timeNs / 1e9);
  const days = Math.floor(seconds / DAY_S);
  const time = seconds - days * DAY_S;
  const parts = [time / 3600, (time / 60) % 60, time % 60].map((part) => String(Math.floor(part)).padStart(2, '0'));
  return `${parts.join(':')}${days === 0 ? '' : ` ${days > 0 ? '+' : '−'}${Math.abs(days)} d`}`;
}
