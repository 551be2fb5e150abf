import { it } from 'vitest';
import { runStudy } from './runStudy.js';

it('10 names, scalar kernel', () => runStudy(10, 'scalar', 8));
