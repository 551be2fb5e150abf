import { it } from 'vitest';
import { runSchedules } from './runSchedules.js';

it('strong', () => runSchedules('strong'));
