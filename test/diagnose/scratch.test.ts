import { it } from 'vitest';
import { marketDays } from '../support/faultyDays.js';
import { simulatedMarket } from '../support/simulatedMarket.js';
import { diagnoses } from '../support/diagnoses.js';
const tally = async (label: string, runs: number, make: (seed: number) => any) => {
  const count = new Map<string, number>();
  for (let s = 1; s <= runs; s++) { for (const d of diagnoses(make(s + 100))) if (d.verdict !== 'green') { const k = `${d.verdict}:${d.mode}`; count.set(k, (count.get(k) ?? 0) + 1); } await new Promise((r) => setTimeout(r, 1)); }
  console.log(label, String(runs), JSON.stringify([...count]));
};
const faults: Record<string, any> = { lateQuotes: { lateQuotes: 1 }, lateVenue: { lateVenue: 1 }, earlyVenue: {lateVenue: -1}, leak: { leak: 0.1 }, chase: { chase: 0.3 }, hidden: { hiddenFactor: true },
  flipped: { flippedFrom: 2 }, wide: { wideMultiplier: 1.35 }, reversion: { linkReversion: 0.8 }, crowd: { crowd: 0.7 }, concave: { concavity: 0.5 } };
it('all', async () => {
  for (const [n, f] of Object.entries(faults)) await tally(n, 20, (seed) => marketDays({ days: 4, faults: f, seed }));
  const base = { names: 5, blocks: 1, days: 6, impact: { wide_multiplier: 1 } };
  await tally('event clean', 40, (seed) => simulatedMarket({ ...base, seed }));
  await tally('event hidden', 10, (seed) => simulatedMarket({ ...base, seed, faults: { hidden_factors: true } }));
  await tally('default', 100, (seed) => marketDays({ days: 4, seed }));
  await tally('no links', 100, (seed) => marketDays({ days: 4, seed, link: 0 }));
  await tally('no factor', 60, (seed) => marketDays({ days: 4, seed, contamination: 0, faults: { hiddenFactor: true } }));
  await tally('persistent', 60, (seed) => marketDays({ days: 4, seed, persistence: 0.9, density: 0.5 }));
  await tally('noisy', 60, (seed) => marketDays({ days: 4, seed, noise: 5 }));
}, 1e6);
