import { Option } from 'commander';
import { type Gate, gatesPass } from '../../model/gate.js';
import { wordsOf } from '../../model/units.js';
import type { ReportData } from '../../report/reportData.js';
import { type DateArgument, requiredDate } from '../options/dates.js';
import type { CommandResult, Session } from '../session.js';
import { gateLine, noteLines } from '../steps/gatesText.js';
import { fixed, textTable } from '../text.js';
import { defineVerb } from '../verb.js';

interface ValidateArguments extends DateArgument {
  readonly junit?: string;
}

export const verb = defineVerb<ValidateArguments>({
  name: 'validate',
  description: 'out-of-sample scores and gates; exit 1 when a gate fails',
  options: [requiredDate, new Option('--junit <file>', 'write the gates as JUnit XML')],
  computes: true,
  action: async (session, args) => {
    const { planOr } = await import('../steps/calibration.js');
    return planOr(session, args.date, () => validate(session, args));
  },
});

async function validate(session: Session, { date, junit }: ValidateArguments): Promise<CommandResult> {
  const { calibrated, describe } = await import('../steps/calibration.js');
  const result = await calibrated(session, date);
  const { folder, manifest } = result.version;
  const { gates } = manifest;
  if (junit !== undefined) await writeJunit(junit, `${manifest.model} ${manifest.asof}`, gates);
  const { replayLines } = await import('../steps/replayText.js');
  const { storedReport } = await import('../../run/versions/storedReport.js');
  const report = storedReport(session.config.store, result.version);
  return {
    text: [
      folder,
      scoreTable(report?.scores, manifest.universe.names),
      manifest.verdict.sentence,
      '',
      textTable(
        ['gate', 'verdict', 'value', 'bound', 'meaning'],
        gates.map((g) => [g.name, g.verdict, fixed(g.value), fixed(g.bound), g.reason]),
      ),
      ...replayLines(manifest.metrics.scheduleReplay, wordsOf(manifest)),
      ...noteLines(manifest.notes),
      gateLine(gates),
    ].join('\n'),
    json: { ...describe(result), scores: report?.scores, holdOut: report?.holdOut, horizons: report?.horizons },
    exitCode: gatesPass(gates) ? 0 : 1,
  };
}

async function writeJunit(file: string, suite: string, gates: readonly Gate[]): Promise<void> {
  const { junitXml } = await import('../../report/junit.js');
  const { writeAtomically } = await import('../../store/atomic.js');
  writeAtomically(file, junitXml(suite, gates));
}

const MODELS = ['diagonal', 'block', 'fitted'] as const;

function scoreTable(scores: ReportData['scores'] | undefined, names: readonly string[]): string {
  if (!scores) return 'one fold only: nothing is out of sample';
  return textTable(
    ['out-of-sample R²', ...MODELS],
    [
      ...names.map((name, i) => [name, ...MODELS.map((model) => fixed(scores.perName[model][i]))]),
      ['pooled', ...MODELS.map((model) => fixed(scores.pooled[model]))],
    ],
  );
}
