import { exp } from '../../numerics/elementary/elementary.js';
import type { RandomStream } from '../../numerics/random.js';
import { isHaltedIn, type MarketSession, type PricePath, secondStartNs, TICK } from './marketSession.js';
import { type DrawnDepth, drawDepth, quoteSizes, shownDepth } from './touchDepth.js';

const anySize = (random: RandomStream) => 100 * (1 + random.integer(20));

/** Ticks from the mid to either side. */
const halfTicks = (wide: boolean): number => (wide ? 3 : 2);

/** Bid and ask around a mid. */
export function bookAround(mid: number, wide: boolean): { bid: number; ask: number } {
  const centre = Math.round(mid / TICK);
  const half = halfTicks(wide);
  return { bid: (centre - half) / 100, ask: (centre + half) / 100 };
}

/**
 * The book after the trades of the second; written only when a price changes, or every second where depth varies. What the
 * undisturbed market writes is drawn by the stream of the day, whether it is written or not.
 */
export function quoteBook(session: MarketSession, second: number, wide: boolean): void {
  const { prices, undisturbed, depth, market } = session;
  const { quotes } = session.day;
  const startNs = secondStartNs(session, second);
  for (let i = 0; i < prices.level.length; i++) {
    const drawn = depth && drawDepth(depth, i);
    if (isHaltedIn(session, i, second)) continue;
    const book = requote(prices, i, wide, drawn);
    const usual = prices === undisturbed ? book : requote(undisturbed, i, wide, drawn);
    if (!book.isNew && !usual.isNew) continue;
    const random = usual.isNew ? session.random : market.executed;
    const timeNs = startNs + 1e6 * (820 + random.integer(160));
    const sizes = book.sizes ?? { bid: anySize(random), ask: anySize(random) };
    if (!book.isNew) continue;
    quotes.timeNs.push(timeNs);
    quotes.name.push(i);
    quotes.bid.push(prices.quoted.bid[i]);
    quotes.ask.push(prices.quoted.ask[i]);
    quotes.bidSize.push(sizes.bid);
    quotes.askSize.push(sizes.ask);
  }
}

interface Requoted {
  readonly isNew: boolean;
  readonly sizes?: { readonly bid: number; readonly ask: number };
}

function requote({ level, quoted, memory }: PricePath, i: number, wide: boolean, drawn?: DrawnDepth): Requoted {
  const { bid, ask } = bookAround(exp(level[i]), wide);
  const isNew = bid !== quoted.bid[i] || ask !== quoted.ask[i];
  quoted.bid[i] = bid;
  quoted.ask[i] = ask;
  if (!drawn || !memory.depthMillions) return { isNew };
  const mid = (bid + ask) / 2;
  const sizes = quoteSizes(drawn, mid);
  memory.depthMillions[i] = shownDepth(sizes, mid);
  return { isNew: true, sizes };
}
