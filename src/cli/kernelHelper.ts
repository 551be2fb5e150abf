import { workerData } from 'node:worker_threads';
import { type PairLink, serve } from '../numerics/kernels/pair.js';

serve(workerData as PairLink);
