import { gatesPass, isFailing } from '../../model/gate.js';
import type { Metrics } from '../../model/manifest.js';
import { planRun, type RunOptions, type RunResult, runWindow } from '../../run/pipeline.js';
import { moveAlias } from '../../store/store.js';
import type { CommandResult, Session } from '../session.js';
import { fixed, textTable } from '../text.js';

export interface RunArguments {
  readonly date: string;
  readonly promote: boolean;
}

/** `xim run`: the nightly job. */
export async function run(session: Session, { date, promote }: RunArguments): Promise<CommandResult> {
  if (session.options.dryRun) return plan(session, date);
  const result = await calibrated(session, date);
  const gates = result.version.manifest.gates;
  const passed = gatesPass(gates);
  const promoted = promote && passed ? await promoteVersion(session, result, date) : false;
  return {
    text: summary(session, result, promoted),
    json: { ...describe(result), promoted },
    exitCode: passed ? 0 : 1,
  };
}

/** The version of a date, calibrated now or found. */
export function calibrated(session: Session, date: string): Promise<RunResult> {
  return runWindow(runOptions(session, date), session.effects);
}

function runOptions({ config, packageVersion, options, lockTimeoutMs }: Session, date: string): RunOptions {
  return { config, date, packageVersion, force: options.force ?? false, lockTimeoutMs };
}

/** What calibrating a date would do. */
export async function plan(session: Session, date: string): Promise<CommandResult> {
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

async function promoteVersion(
  { config, effects, lockTimeoutMs }: Session,
  { version }: RunResult,
  date: string,
): Promise<boolean> {
  const { withLock } = await import('../../run/pipeline.js');
  return withLock(config, lockTimeoutMs, effects, async () =>
    moveAlias(config.store, 'champion', version, {
      when: effects.now().toISOString(),
      who: effects.user,
      action: 'promote',
      why: `run --date ${date} --promote: gates passed`,
    }),
  );
}

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

function summary({ config }: Session, { version, fresh }: RunResult, promoted: boolean): string {
  const { manifest } = version;
  const gates = manifest.gates;
  const failed = gates.filter(isFailing);
  const weights = manifest.kernel.tauSeconds
    .map((tau, p) => `${tau === 'permanent' ? tau : `${tau} s`} ${fixed(manifest.kernel.weights[p], 3)}`)
    .join(', ');
  const report = manifest.objects.find((object) => object.name === 'report.html')!;
  return [
    `${version.folder}  ${fresh ? 'calibrated' : 'unchanged: nothing was written'}${promoted ? ', promoted to champion' : ''}`,
    `${manifest.universe.names.length} names, ${manifest.window.dates.length} days to ${manifest.asof}, certificate ${manifest.certificate.status}`,
    `decay: ${weights}`,
    manifest.verdict,
    '',
    textTable(
      ['gate', 'verdict', 'value', 'bound'],
      gates.map((gate) => [gate.name, gate.verdict, fixed(gate.value), fixed(gate.bound)]),
    ),
    ...diagnosisLine(manifest.metrics.diagnoses),
    ...manifest.notes.slice(0, 3).map((note) => `note: ${note}`),
    '',
    failed.length === 0
      ? 'all gates pass'
      : `${failed.length} gates failed: ${failed.map((gate) => gate.name).join(', ')}`,
    `id ${version.id}`,
    `report ${config.store}/objects/${report.sha256}.html`,
  ].join('\n');
}

function diagnosisLine(diagnoses: Metrics['diagnoses'] = []): string[] {
  if (diagnoses.length === 0) return [];
  const red = diagnoses.filter(({ verdict }) => verdict === 'red').map(({ mode }) => mode);
  return [
    red.length > 0 ? `diagnostics: ${red.join(', ')} red; the report says what to do` : 'diagnostics: none is red',
  ];
}
