import { it } from 'vitest';
import { runStudy } from './runStudy.js';

it('40 names, scalar kernel', () => runStudy(40, 'scalar', 6));
