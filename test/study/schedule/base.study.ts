import { it } from 'vitest';
import { runSchedules } from './runSchedules.js';

it('base', () => runSchedules('base'));
