import { rmSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { Worker } from 'node:worker_threads';
import { compiledBlas, useBlas } from '../numerics/blas/blas.js';
import { newPairLink, type PairLink, pairedBlas, reportFailed, stopHelper } from '../numerics/blas/pair.js';
import type { BesideWork, Effects, ValidationTask } from '../run/effects.js';
import type { Validation } from '../stages/validate/walkForward.js';

import { makeTemporary } from './process/temporaries.js';
import type { Progress } from './progress.js';
import { COMPUTING_HEAP } from './worker/heap.js';

/** The real world: process, clock and terminal. */
export function realEffects(progress: Progress, runId: string): Effects & { readonly dispose: () => void } {
  let folder: string | undefined;
  let link: PairLink | undefined;
  const self = { pid: process.pid, host: hostname(), isAlive };
  const removeTemporary = () => {
    try {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      progress.warn(`${folder} cannot be removed: ${(error as Error).message}`);
    }
  };
  process.on('exit', removeTemporary);
  return {
    ...self,
    runId,
    user: userName(),
    now: () => new Date(),
    get temporaryFolder() {
      folder ??= makeTemporary(self);
      return folder;
    },
    startBlasHelper: () => {
      if (link) return useBlas(pairedBlas(link));
      const own = newPairLink();
      link = own;
      const helper = new Worker(new URL('./blasHelper.js', import.meta.url), { workerData: own });
      helper.on('error', (error) => progress.warn(`the second thread failed: ${error.message}`));
      helper.on('exit', (code) => code !== 0 && reportFailed(own));
      helper.unref();
      useBlas(pairedBlas(link));
    },
    pauseBlasHelper: () => {
      const alone = link && compiledBlas(link.memory);
      if (alone) useBlas(alone);
    },
    validateBeside,
    stage: progress.stage,
    warn: progress.warn,
    dispose: () => {
      progress.end();
      if (link) stopHelper(link);
      process.off('exit', removeTemporary);
      removeTemporary();
    },
  };
}

function validateBeside(task: ValidationTask): BesideWork<Validation | undefined> {
  const worker = new Worker(new URL('./worker/validating.js', import.meta.url), {
    workerData: task,
    resourceLimits: COMPUTING_HEAP,
  });
  const outcome = new Promise<{ readonly value: Validation | undefined } | { readonly failure: Error }>((resolve) => {
    worker.once('message', (value: Validation | undefined) => resolve({ value }));
    worker.once('error', (failure) => resolve({ failure }));
    worker.once('exit', (code) => resolve({ failure: new Error(`its thread ended by itself (${code})`) }));
  });
  return {
    outcome,
    end: async () => {
      await worker.terminate();
    },
  };
}

/** In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
