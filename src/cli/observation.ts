import type { Progress, ProgressEvent } from './progress.js';

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
  readonly warnings: number;
}

export interface ObservedProgress extends Progress {
  /** Ends the stage that is under way. What was seen until now. */
  readonly observed: () => Observation;
}

/** Passes everything on and keeps the times; `tell` hears of every stage that ends and of every warning. */
export function observed(
  progress: Progress,
  clockMs: () => number,
  tell: (event: ProgressEvent) => void,
): ObservedProgress {
  const beganMs = clockMs();
  const stageSeconds = new Map<string, number>();
  let warnings = 0;
  let current: { readonly note: StageNote; readonly beganMs: number } | undefined;
  const endStage = () => {
    if (!current) return;
    const { note, beganMs: from } = current;
    const seconds = (clockMs() - from) / 1000;
    stageSeconds.set(note.stage, (stageSeconds.get(note.stage) ?? 0) + seconds);
    tell({ event: 'stage.end', level: 'info', message: `${note.stage} ended`, ...note, seconds });
    current = undefined;
  };
  return {
    ...progress,
    stage: (text) => {
      endStage();
      const note = stageNote(text);
      current = { note, beganMs: clockMs() };
      tell({ event: 'stage.start', level: 'info', message: text, ...note });
      progress.stage(text);
    },
    warn: (text) => {
      warnings++;
      tell({ event: 'warning', level: 'warn', message: text, ...(current ? current.note : {}) });
      progress.warn(text);
    },
    observed: () => {
      endStage();
      return { seconds: (clockMs() - beganMs) / 1000, stageSeconds, warnings };
    },
  };
}
