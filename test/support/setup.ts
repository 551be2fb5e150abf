import { afterEach } from 'vitest';
import { settled } from './settled.js';

afterEach(settled);
