import { it } from 'vitest';
import { runOrders } from './runOrders.js';

it('6 names', () => runOrders(6, 4));
