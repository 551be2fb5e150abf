import { type Observation, observed, stageTable } from './observation.js';
import type { GivenOptions } from './options/shared.js';
import type { Outcome, Request } from './perform.js';
import { type Busy, endsOnSignals } from './process/ending.js';
import { classify, reportFailure } from './process/failures.js';
import { print } from './process/pipes.js';
import { type Progress, type ProgressEvent, type ProgressStyle, progressOf } from './progress.js';
import type { Work } from './verb.js';

/** How often memory is looked at: a stage that matters takes longer. */
const LOOK_MS = 50;

/** Does the work of one verb, on a thread of its own where it computes, and prints what came of it. Returns the exit code. */
export async function execute(work: Work, request: Request): Promise<number> {
  const { options } = request;
  const write = (line: string) => process.stderr.write(`${line}\n`);
  const isJson = options.logFormat === 'json' && !options.quiet;
  const log = (event: ProgressEvent) => {
    const line = { at: new Date().toISOString(), run: request.runId, command: work.name, ...event };
    if (isJson) write(JSON.stringify(line));
  };
  const shown = await progressOf(isJson ? 'none' : progressStyle(options), options.verbose ?? false, write);
  const instruments = { clockMs: () => performance.now(), memoryBytes: () => process.memoryUsage.rss() };
  const progress = observed(shown, instruments, log);
  const looking = setInterval(progress.lookAtMemory, LOOK_MS).unref();
  const { outcome, ...busy } = await start(work, request, progress);
  endsOnSignals(busy, () => progress.end(false));
  const ended = await outcome;
  clearInterval(looking);
  progress.end(!('failure' in ended));
  const observation = progress.observed();
  if (options.verbose && progressStyle(options) !== 'silent' && !isJson && observation.stageSeconds.size > 0)
    write(stageTable(observation));
  const exitCode = told(ended, options.json ?? false);
  log(endOf(ended, exitCode, observation));
  return options.metrics === undefined ? exitCode : measured(options.metrics, work.name, ended, exitCode, observation);
}

function endOf(outcome: Outcome, exitCode: number, { seconds, warnings }: Observation): ProgressEvent {
  const facts = 'failure' in outcome ? { error: outcome.failure.kind } : outcome.facts;
  return {
    event: 'end',
    level: exitCode === 0 ? 'info' : 'error',
    message: 'failure' in outcome ? outcome.failure.message : `ended with ${exitCode}`,
    ...{ exitCode, seconds, warnings, peakMemoryBytes: peakMemoryBytes() },
    ...facts,
  };
}

const BYTES_PER_KILOBYTE = 1024;

const peakMemoryBytes = (): number => BYTES_PER_KILOBYTE * process.resourceUsage().maxRSS;

/** Writes the metrics. Monitoring that is not there is a failure of its own, but hides no other. */
async function measured(
  file: string,
  command: string,
  outcome: Outcome,
  exitCode: number,
  observation: Observation,
): Promise<number> {
  const { metricsText } = await import('./metricsText.js');
  const { writeAtomically } = await import('../store/atomic.js');
  const facts = 'failure' in outcome ? undefined : outcome.facts;
  const ended = { command, exitCode, endedMs: Date.now(), peakMemoryBytes: peakMemoryBytes(), ...observation };
  try {
    writeAtomically(file, metricsText(ended, facts));
    return exitCode;
  } catch (error) {
    const failed = reportFailure(classify(error), false);
    return exitCode === 0 ? failed : exitCode;
  }
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
  return process.stderr.isTTY && !process.env.CI && !process.env.NO_COLOR ? 'spinner' : 'lines';
}
