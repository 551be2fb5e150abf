import { exp } from '../../numerics/elementary/elementary.js';
import { isHaltedIn, type MarketSession, secondStartNs, TICK } from './marketSession.js';
import type { SimulatedDay } from './simulatedDay.js';

export type Trade = { readonly [K in keyof SimulatedDay['trades']]: number };

export function pushTrade({ trades }: SimulatedDay, { timeNs, name, venue, price, size, side }: Trade): void {
  trades.timeNs.push(timeNs);
  trades.name.push(name);
  trades.venue.push(venue);
  trades.price.push(price);
  trades.size.push(size);
  trades.side.push(side);
}

/** Trades of nobody in particular, which move nothing. */
export function noiseTrades(session: MarketSession, second: number): void {
  const { scenario, truth, random, day, level, undisturbed } = session;
  for (let name = 0; name < level.length; name++) {
    if (random.uniform() >= scenario.noise_trades || isHaltedIn(session, name, second)) continue;
    const mid = exp(level[name]);
    const side = random.uniform() < 0.5 ? 1 : -1;
    const size = Math.max(
      1,
      Math.round((truth.childMillions[name] * 1e6 * random.uniform()) / exp(undisturbed.level[name])),
    );
    const timeNs = secondStartNs(session, second) + 1e6 * (700 + random.integer(100));
    const venue = random.integer(scenario.venues.length);
    pushTrade(day, { timeNs, name, venue, price: aTickBeyond(mid, side), size, side });
  }
}

/** Trades of the crowd, on the tape alone. */
export function crowdTrades(session: MarketSession, second: number): void {
  const { scenario, truth, random, day, level, undisturbed } = session;
  const { crowd } = session.faulty;
  if (crowd === 0) return;
  const side = Math.sign(crowd);
  for (let name = 0; name < level.length; name++) {
    const mid = exp(level[name]);
    const size = Math.round((truth.childMillions[name] * 1e6 * Math.abs(crowd)) / exp(undisturbed.level[name]));
    if (size === 0 || isHaltedIn(session, name, second)) continue;
    const timeNs = secondStartNs(session, second) + 1e6 * (650 + random.integer(50));
    const venue = random.integer(scenario.venues.length);
    pushTrade(day, { timeNs, name, venue, price: aTickBeyond(mid, side), size, side });
  }
}

export const aTickBeyond = (mid: number, side: number): number => Math.round((mid + side * TICK) / TICK) * TICK;
