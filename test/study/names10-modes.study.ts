import { it } from 'vitest';
import { runStudy } from './runStudy.js';

it('10 names, modes kernel', () => runStudy(10, 'modes', 8));
