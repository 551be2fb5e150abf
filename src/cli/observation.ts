import type { Progress, ProgressEvent } from './progress.js';
import { textTable } from './text.js';

/** A step of the work as its announcement says it: the words before the first number, the day, and its place in a row. */
export interface StageNote {
  readonly stage: string;
  readonly date?: string;
  readonly step?: number;
  readonly of?: number;
}

export function stageNote(text: string): StageNote {
  const date = /\d{4}-\d{2}-\d{2}/.exec(text)?.[0];
  const place = /\((\d+) of (\d+)\)$/.exec(text);
  const words = /^[^\d:(]*/.exec(text)![0].trim();
  return {
    stage: words === '' ? 'work' : words,
    ...(date === undefined ? {} : { date }),
    ...(place ? { step: Number(place[1]), of: Number(place[2]) } : {}),
  };
}

/** What a command did, by the clock of whoever watched it. */
export interface Observation {
  readonly seconds: number;
  /** Time by stage; a stage that came several times has the sum. */
  readonly stageSeconds: ReadonlyMap<string, number>;
  /** Largest resident memory that was seen during each stage. */
  readonly stagePeakBytes: ReadonlyMap<string, number>;
  readonly warnings: number;
}

/** What a command is watched by. */
export interface Instruments {
  readonly clockMs: () => number;
  /** Resident memory of the process now. */
  readonly memoryBytes: () => number;
}

export interface ObservedProgress extends Progress {
  /** Looks at the memory now: of a stage nobody knows more than the largest of what was looked at. */
  readonly lookAtMemory: () => void;
  /** Ends the stage that is under way. What was seen until now. */
  readonly observed: () => Observation;
}

/** Passes everything on and keeps the times; `tell` hears of every stage that ends and of every warning. */
export function observed(
  progress: Progress,
  { clockMs, memoryBytes }: Instruments,
  tell: (event: ProgressEvent) => void,
): ObservedProgress {
  const beganMs = clockMs();
  const stageSeconds = new Map<string, number>();
  const stagePeakBytes = new Map<string, number>();
  let warnings = 0;
  let current: { readonly note: StageNote; readonly beganMs: number; peakBytes: number } | undefined;
  const lookAtMemory = () => {
    if (current) current.peakBytes = Math.max(current.peakBytes, memoryBytes());
  };
  const endStage = () => {
    if (!current) return;
    lookAtMemory();
    const { note, beganMs: from, peakBytes } = current;
    const seconds = (clockMs() - from) / 1000;
    stageSeconds.set(note.stage, (stageSeconds.get(note.stage) ?? 0) + seconds);
    stagePeakBytes.set(note.stage, Math.max(stagePeakBytes.get(note.stage) ?? 0, peakBytes));
    const measured = { seconds, peakMemoryBytes: peakBytes };
    tell({ event: 'stage.end', level: 'info', message: `${note.stage} ended`, ...note, ...measured });
    current = undefined;
  };
  return {
    ...progress,
    stage: (text) => {
      endStage();
      const note = stageNote(text);
      current = { note, beganMs: clockMs(), peakBytes: memoryBytes() };
      tell({ event: 'stage.start', level: 'info', message: text, ...note });
      progress.stage(text);
    },
    warn: (text) => {
      warnings++;
      tell({ event: 'warning', level: 'warn', message: text, ...(current ? current.note : {}) });
      progress.warn(text);
    },
    lookAtMemory,
    observed: () => {
      endStage();
      return { seconds: (clockMs() - beganMs) / 1000, stageSeconds, stagePeakBytes, warnings };
    },
  };
}

/** Time and memory by stage, for a reader. */
export function stageTable({ stageSeconds, stagePeakBytes }: Observation): string {
  const megabytes = (bytes: number) => `${Math.round(bytes / 0x10_0000)} MB`;
  const rows = [...stageSeconds].map(([stage, seconds]) => [
    stage,
    `${seconds.toFixed(2)} s`,
    megabytes(stagePeakBytes.get(stage) ?? 0),
  ]);
  return textTable(['stage', 'time', 'peak memory'], rows);
}
