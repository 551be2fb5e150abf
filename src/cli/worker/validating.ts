import { parentPort, workerData } from 'node:worker_threads';
import type { ValidationTask } from '../../run/effects.js';
import { validateStored } from '../../run/storedValidation.js';

/** The thread that validates a window while another fits it. */
parentPort!.postMessage(await validateStored(workerData as ValidationTask));
