import { it } from 'vitest';
import { runStudy } from './runStudy.js';

it('40 names, modes kernel', () => runStudy(40, 'modes', 6));
