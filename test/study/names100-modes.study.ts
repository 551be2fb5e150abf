import { it } from 'vitest';
import { runStudy } from './runStudy.js';

it('100 names, modes kernel', () => runStudy(100, 'modes', 3));
