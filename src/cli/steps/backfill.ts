import { gatesPass, isFailing } from '../../model/gate.js';
import { type BackfilledDate, backfill, backfillPlan, daysThatFit } from '../../run/backfill.js';
import type { TaskResult } from '../../run/cluster/follow.js';
import { daySteps, documentOf, lastStep } from '../../run/clusterWork.js';
import { roundsOf } from '../../run/windowState.js';
import type { BackfillArguments } from '../options/cluster.js';
import { EXIT } from '../process/exitCodes.js';
import { thisMachine } from '../process/machine.js';
import type { CommandResult, Session } from '../session.js';
import { progressBar, textTable } from '../text.js';
import { onCluster, workFolder, workOf } from './cluster.js';
import { makeDayBeside } from './daysBeside.js';
import { daysInRange } from './daysInRange.js';

const optionsOf = ({ config, packageVersion, options, lockTimeoutMs }: Session) => ({
  ...{ config, packageVersion, lockTimeoutMs },
  force: options.force ?? false,
});

export async function backfillHere(session: Session, args: BackfillArguments): Promise<CommandResult> {
  const { config, effects, options } = session;
  const dates = daysInRange(session, args);
  if (options.dryRun) return planned(session, dates);
  const jobs = Math.min(args.jobs ?? thisMachine().cores, await daysThatFit(config, dates, effects));
  const { stage } = effects;
  // One line for the whole range: the stages of each run are said where more is asked for.
  const runEffects = options.verbose
    ? effects
    : { ...effects, temporaryFolder: effects.temporaryFolder, stage: () => {} };
  const results = await backfill(
    { ...optionsOf(session), dates, jobs },
    runEffects,
    makeDayBeside(session, config),
    (done, all, text) => stage(`${progressBar(done, all)} ${done} of ${all}: ${text}`),
  );
  return summary(results.map(rowOf));
}

async function planned(session: Session, dates: readonly string[]): Promise<CommandResult> {
  const { windows, days } = await backfillPlan({ ...optionsOf(session), dates }, session.effects);
  const rows = windows.map(({ date, state }) => [date, state?.version?.folder ?? 'to be calibrated']);
  const text = [
    textTable(['date', 'version'], rows),
    `${days.length} days to be made: ${days.map(({ date }) => date).join(', ')}`,
  ];
  return {
    text: text.join('\n'),
    json: { dates: windows.map(({ date, state }) => ({ date, version: state?.version?.folder ?? null })), days },
  };
}

export async function backfillOnCluster(session: Session, args: BackfillArguments): Promise<CommandResult> {
  const { config, options } = session;
  const dates = daysInRange(session, args);
  const { windows, days } = await backfillPlan({ ...optionsOf(session), dates }, session.effects);
  const first = windows.find(({ state }) => state && !state.version);
  const rounds = first ? roundsOf(config, { ...first.state!, missing: [] }) : [];
  const later = rounds.map((round) => round.map((date) => ({ date, asof: first!.date })));
  const folder = workFolder(session);
  const range = [
    'backfill',
    '--from',
    args.from,
    '--to',
    args.to,
    '--jobs',
    '1',
    ...(options.force ? ['--force'] : []),
  ];
  const steps = daySteps(
    folder,
    [days, ...later].filter((round) => round.length > 0),
  );
  // A bad day stops only the windows that hold it, which the last step finds out again.
  const work = workOf(folder, [
    ...steps.map((step) => ({ ...step, afterFailure: true })),
    lastStep(folder, range, true),
  ]);
  return onCluster(session, args, work, (result: TaskResult) => {
    const rows = (result.document as { dates?: BackfillRow[] } | undefined)?.dates;
    if (!rows) documentOf(result);
    return summary(rows!);
  });
}

interface BackfillRow {
  readonly date: string;
  readonly version?: string;
  readonly id?: string;
  readonly fresh?: boolean;
  readonly gatesFailed?: readonly string[];
  readonly error?: { readonly kind: keyof typeof EXIT; readonly message: string; readonly hint: string };
}

function rowOf(result: BackfilledDate): BackfillRow {
  const { date } = result;
  if ('failure' in result) {
    const { kind, message, hint } = result.failure;
    return { date, error: { kind, message, hint } };
  }
  const { version, fresh } = result;
  const { gates } = version.manifest;
  return {
    ...{ date, version: version.folder, id: version.id, fresh },
    gatesFailed: gatesPass(gates) ? [] : gates.filter(isFailing).map(({ name }) => name),
  };
}

function summary(rows: readonly BackfillRow[]): CommandResult {
  const failed = rows.flatMap(({ error }) => error ?? []);
  const lines = rows.map(({ date, version, fresh, gatesFailed, error }) => [
    date,
    version ?? '–',
    error ? 'failed' : fresh ? 'calibrated' : 'there already',
    error ? '–' : gatesFailed!.length === 0 ? 'pass' : gatesFailed!.join(', '),
  ]);
  const messages = rows.flatMap(({ date, error }) => (error ? [`${date}: ${error.message}; ${error.hint}`] : []));
  const gateFailed = rows.some(({ gatesFailed = [] }) => gatesFailed.length > 0);
  return {
    text: [textTable(['date', 'version', 'result', 'gates'], lines), ...messages].join('\n'),
    json: { dates: rows },
    exitCode:
      failed.length > 0
        ? failed.some(({ kind }) => kind === 'data')
          ? EXIT.data
          : EXIT[failed[0].kind]
        : gateFailed
          ? 1
          : 0,
  };
}
