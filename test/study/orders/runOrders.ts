import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { measure, type OrderRow } from './measure.js';
import { DISTURBANCES, KERNELS, type OrderWorld } from './worlds.js';

export const RESULTS = fileURLToPath(new URL('../results/orders', import.meta.url));
const SPREADS = [1, 50];

/** Every world of one size, several seeds of each. */
export function runOrders(names: number, seeds: number): void {
  const rows: OrderRow[] = [];
  mkdirSync(RESULTS, { recursive: true });
  for (const kernel of Object.keys(KERNELS) as OrderWorld['kernel'][])
    for (const disturbance of Object.keys(DISTURBANCES) as OrderWorld['disturbance'][])
      for (const spread of SPREADS) {
        for (let seed = 1; seed <= seeds; seed++) rows.push(measure({ names, kernel, spread, disturbance }, seed));
        writeFileSync(`${RESULTS}/names${names}.json`, JSON.stringify(rows));
      }
}
