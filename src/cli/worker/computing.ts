import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { interruptEngines } from '../../io/duckdb.js';
import { perform } from '../perform.js';
import type { Verb } from '../verb.js';
import { ENGINE_PATIENCE_MS, type Message, type Task } from './protocol.js';

/** The thread on which verbs compute: it may be busy for minutes, while the main thread hears signals and shows progress. */
const port = parentPort!;
const { verb, request } = workerData as Task;
const tell = (message: Message) => port.postMessage(message);
let current: string | undefined;
let isDone = false;

port.on('message', () => void stop());
port.unref();

const { verb: chosen } = (await import(`../commands/${verb}.js`)) as { readonly verb: Verb };
const outcome = await perform(
  chosen.work,
  request,
  {
    stage: (text) => {
      current = text;
      tell({ kind: 'stage', text });
    },
    warn: (text) => tell({ kind: 'warn', text }),
    end: () => {},
    current: () => current,
  },
  (store) => tell({ kind: 'opened', store }),
);
isDone = true;
tell({ kind: 'outcome', outcome });

/**
 * The engine ends its query, and what waits for it fails. A thread for which a query still runs must not end: the answer
 * would find nobody, and the process would be aborted. So it stands still instead.
 */
async function stop(): Promise<void> {
  tell({ kind: 'stopping' });
  for (const began = Date.now(); interruptEngines() > 0 && !isDone; await sleep(10)) {
    if (Date.now() - began <= ENGINE_PATIENCE_MS) continue;
    tell({ kind: 'frozen' });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  process.exit();
}
