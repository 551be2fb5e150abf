import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Outcome, Request } from '../perform.js';
import { type Busy, leaveClean } from '../process/ending.js';
import { classify } from '../process/failures.js';
import type { Progress } from '../progress.js';
import type { Work } from '../verb.js';
import { COMPUTING_HEAP } from './heap.js';
import { ENGINE_PATIENCE_MS, type Message, type Task } from './protocol.js';

/** A thread that hears nothing for so long computes: it can be ended where it is. All waits together stay below two seconds. */
const HEARING_MS = 150;
const ENDING_MS = 800;

/** Lets a verb work on a thread of its own. What it writes when that thread dies is what an interrupted command leaves. */
export function compute(
  { name }: Work,
  request: Request,
  progress: Progress,
): Busy & { readonly outcome: Promise<Outcome> } {
  const task: Task = { verb: name, request };
  const worker = new Worker(new URL('./computing.js', import.meta.url), {
    workerData: task,
    resourceLimits: COMPUTING_HEAP,
  });
  let store: string | undefined;
  const [hasEnded, end] = event();
  const [isStopping, stopping] = event();
  const [isFrozen, freeze] = event();
  let isHalted = false;
  const outcome = new Promise<Outcome>((resolve) => {
    let isTold = false;
    const died = async (error: unknown) => {
      // A thread that was told to end has no outcome: whoever told it says what became of the command.
      if (isTold || isHalted) return;
      isTold = true;
      await leaveClean(store, 'failed');
      resolve({ failure: classify(error, progress.current()) });
    };
    worker.on('message', (message: Message) => {
      if (message.kind === 'outcome') {
        // What a query that was interrupted says of it is no failure of the command.
        if (isHalted) return;
        isTold = true;
        resolve(message.outcome);
      } else if (message.kind === 'opened') store = message.store;
      else if (message.kind === 'stopping') stopping();
      else if (message.kind === 'frozen') freeze();
      else progress[message.kind](message.text);
    });
    worker.on('error', (error) => void died(error));
    worker.on('exit', (code) => {
      end();
      void died(new Error(`the thread that computes ended by itself (${code})`));
    });
  });
  return {
    outcome,
    store: () => store,
    halt: async () => {
      isHalted = true;
      worker.postMessage('stop');
      const isHeard = await within(HEARING_MS, isStopping, hasEnded);
      if (isHeard && (await within(ENGINE_PATIENCE_MS + HEARING_MS, isFrozen, hasEnded))) return within(0, hasEnded);
      void worker.terminate();
      return within(ENDING_MS, hasEnded);
    },
  };
}

/** Something that happens once, and how it is made to. */
function event(): [Promise<true>, () => void] {
  let happen = () => {};
  const happened = new Promise<true>((resolve) => {
    happen = () => resolve(true);
  });
  return [happened, () => happen()];
}

const within = (ms: number, ...events: Promise<true>[]): Promise<boolean> =>
  Promise.race([...events, sleep(ms, false, { ref: false })]);
