import { workerData } from 'node:worker_threads';
import { type PairLink, reportFailed, serve } from '../numerics/blas/pair.js';

const link = workerData as PairLink;
try {
  serve(link);
} catch (error) {
  // The main thread waits without an event loop: it is told through the shared memory.
  reportFailed(link);
  throw error;
}
