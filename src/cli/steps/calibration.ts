import { planRun, type RunOptions, type RunResult, runWindow } from '../../run/pipeline.js';
import type { CommandResult, Session } from '../session.js';
import { textTable } from '../text.js';

/** The version of a date, calibrated now or found. */
export function calibrated(session: Session, date: string): Promise<RunResult> {
  return runWindow(runOptions(session, date), session.effects);
}

export function runOptions({ config, packageVersion, options, lockTimeoutMs }: Session, date: string): RunOptions {
  return { config, date, packageVersion, force: options.force ?? false, lockTimeoutMs };
}

/** With --dry-run what calibrating the date would do, otherwise the work. */
export function planOr(session: Session, date: string, work: () => Promise<CommandResult>): Promise<CommandResult> {
  return session.options.dryRun ? plan(session, date) : work();
}

async function plan(session: Session, date: string): Promise<CommandResult> {
  const planned = await planRun(runOptions(session, date));
  const rows = planned.dates.map((day) => [day.date, day.buckets]);
  return {
    text: [
      textTable(['date', 'buckets'], rows),
      `the result is ${planned.result}`,
      ...planned.notes.map((note) => `note: ${note}`),
    ].join('\n'),
    json: planned,
  };
}

/** What every verb that calibrates says about its version in its document (CONTRACT §3). */
export function describe({ version, fresh }: RunResult) {
  const { manifest } = version;
  return {
    id: version.id,
    version: version.folder,
    fresh,
    asof: manifest.asof,
    model: manifest.model,
    certificate: manifest.certificate.status,
    verdict: manifest.verdict,
    gates: manifest.gates,
    metrics: manifest.metrics,
    kernel: manifest.kernel,
    notes: manifest.notes,
  };
}
