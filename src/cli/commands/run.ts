import { Option } from 'commander';
import { gatesPass } from '../../model/gate.js';
import type { RunResult } from '../../run/pipeline.js';
import { type ClusterArguments, clusterOptions, refuseClusterOptions } from '../options/cluster.js';
import { type DateArgument, requiredDate } from '../options/dates.js';
import type { CommandResult, RunFacts, Session } from '../session.js';
import { gateLine, noteLines } from '../steps/gatesText.js';
import { defineVerb } from '../verb.js';

interface RunArguments extends DateArgument, ClusterArguments {
  readonly promote?: boolean;
}

export const verb = defineVerb<RunArguments>({
  name: 'run',
  description: 'the nightly job: every stage for a date, to a certified version',
  options: [requiredDate, new Option('--promote', 'make the result champion when its gates pass'), ...clusterOptions],
  computes: true,
  action: async (session, args) => {
    const { planOr } = await import('../steps/calibration.js');
    if (args.executor !== 'local') return (await onCluster(session, args)) ?? run(session, args);
    refuseClusterOptions(args);
    return planOr(session, args.date, () => run(session, args));
  },
});

async function onCluster(session: Session, args: RunArguments): Promise<CommandResult | undefined> {
  const { describe } = await import('../steps/calibration.js');
  const { runOnCluster } = await import('../steps/runOnCluster.js');
  return runOnCluster(session, args, (result, promoted) => shown(session, result, promoted, describe(result)));
}

async function run(session: Session, { date, promote }: RunArguments): Promise<CommandResult> {
  const { calibrated, describe } = await import('../steps/calibration.js');
  const { makeMissingDays } = await import('../steps/daysBeside.js');
  const { moveChampion } = await import('../steps/champion.js');
  await makeMissingDays(session, date);
  const result = await calibrated(session, date);
  const { version } = result;
  const passed = gatesPass(version.manifest.gates);
  const why = `run --date ${date} --promote: gates passed`;
  const promoted = promote && passed ? await moveChampion(session, version, { action: 'promote', why }) : false;
  return shown(session, result, promoted, describe(result));
}

async function shown(
  session: Session,
  result: RunResult,
  promoted: boolean,
  described: object,
): Promise<CommandResult> {
  const { answerLines } = await import('../steps/answersText.js');
  const { version } = result;
  return {
    facts: factsOf(result),
    text: summary(session, result, promoted, await answerLines(session.config.store, version)),
    json: { ...described, promoted },
    exitCode: gatesPass(version.manifest.gates) ? 0 : 1,
  };
}

function factsOf({ version: { id, folder, manifest }, fresh }: RunResult): RunFacts {
  const rows: Record<string, number> = {};
  for (const { dataset, rows: count } of manifest.inputs) rows[dataset] = (rows[dataset] ?? 0) + count;
  return {
    ...{ model: manifest.model, version: folder, id, asof: manifest.asof, fresh },
    names: manifest.universe.names.length,
    days: manifest.window.dates.length,
    certificate: manifest.certificate.status,
    gates: Object.fromEntries(manifest.gates.map(({ name, verdict }) => [name, verdict])),
    rows,
  };
}

function summary(
  { config }: Session,
  { version, fresh }: RunResult,
  promoted: boolean,
  answers: readonly string[],
): string {
  const { manifest } = version;
  const { gates, notes } = manifest;
  const report = manifest.objects.find((object) => object.name === 'report.html')!;
  return [
    `${version.folder}  ${fresh ? 'calibrated' : 'unchanged: nothing was written'}${promoted ? ', promoted to champion' : ''}`,
    `${manifest.universe.names.length} names, ${manifest.window.dates.length} days to ${manifest.asof}; ${gateLine(gates)}`,
    ...answers,
    ...noteLines(notes),
    `id ${version.id}`,
    `report ${config.store}/objects/${report.sha256}.html`,
  ].join('\n');
}
