import { it } from 'vitest';
import { runOrders } from './runOrders.js';

it('60 names', () => runOrders(60, 1));
