import { it } from 'vitest';
import { runSchedules } from './runSchedules.js';

it('slow', () => runSchedules('slow'));
