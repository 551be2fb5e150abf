import { it } from 'vitest';
import { runOrders } from './runOrders.js';

it('12 names', () => runOrders(12, 3));
