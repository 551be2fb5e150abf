import type { GivenOptions } from './options/shared.js';
import type { Outcome, Request } from './perform.js';
import { type Busy, endsOnSignals } from './process/ending.js';
import { classify, reportFailure } from './process/failures.js';
import { print } from './process/pipes.js';
import { type Progress, type ProgressStyle, progressOf } from './progress.js';
import type { Work } from './verb.js';

/** Does the work of one verb, on a thread of its own where it computes, and prints what came of it. Returns the exit code. */
export async function execute(work: Work, request: Request): Promise<number> {
  const { options } = request;
  const progress = await progressOf(progressStyle(options), options.verbose ?? false, (line) =>
    process.stderr.write(`${line}\n`),
  );
  const { outcome, ...busy } = await start(work, request, progress);
  endsOnSignals(busy, () => progress.end(false));
  const ended = await outcome;
  progress.end(!('failure' in ended));
  return told(ended, options.json ?? false);
}

/** Says what came of it. A result that cannot be written is a failure, whatever it says. */
function told(outcome: Outcome, json: boolean): number {
  if ('failure' in outcome) return reportFailure(outcome.failure, json);
  try {
    print(outcome.output);
    return outcome.exitCode;
  } catch (error) {
    return reportFailure(classify(error), false);
  }
}

async function start(
  work: Work,
  request: Request,
  progress: Progress,
): Promise<Busy & { readonly outcome: Promise<Outcome> }> {
  if (work.computes) {
    const { compute } = await import('./worker/compute.js');
    return compute(work, request, progress);
  }
  const { perform } = await import('./perform.js');
  let store: string | undefined;
  const outcome = perform(work, request, progress, (opened) => {
    store = opened;
  });
  return { outcome, store: () => store, halt: async () => true };
}

function progressStyle(options: GivenOptions): ProgressStyle {
  if (options.quiet || options.json) return 'silent';
  if (options.logFormat === 'json') return 'json';
  return process.stderr.isTTY && !process.env.CI && !process.env.NO_COLOR ? 'spinner' : 'lines';
}
