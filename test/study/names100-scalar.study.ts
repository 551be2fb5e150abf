import { it } from 'vitest';
import { runStudy } from './runStudy.js';

it('100 names, scalar kernel', () => runStudy(100, 'scalar', 3));
