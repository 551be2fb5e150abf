import { type MarketSession, secondStartNs, TICK } from './marketSession.js';
import { quoteSizes } from './touchDepth.js';

/** The book after the trades of the second; written only when a price changes, or every second where depth varies. */
export function quoteBook(session: MarketSession, second: number, wide: boolean): void {
  const { random, level, quoted, depth } = session;
  const anySize = () => 100 * (1 + random.integer(20));
  const { quotes } = session.day;
  const startNs = secondStartNs(session, second);
  const half = wide ? 3 : 2;
  for (let i = 0; i < level.length; i++) {
    const centre = Math.round(Math.exp(level[i]) / TICK);
    const [bid, ask] = [(centre - half) / 100, (centre + half) / 100];
    const sizes = depth && quoteSizes(depth, i, (bid + ask) / 2);
    if (!sizes && bid === quoted.bid[i] && ask === quoted.ask[i]) continue;
    quoted.bid[i] = bid;
    quoted.ask[i] = ask;
    quotes.timeNs.push(startNs + 1e6 * (820 + random.integer(160)));
    quotes.name.push(i);
    quotes.bid.push(bid);
    quotes.ask.push(ask);
    quotes.bidSize.push(sizes?.bid ?? anySize());
    quotes.askSize.push(sizes?.ask ?? anySize());
  }
}
