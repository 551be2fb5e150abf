import type { Engine } from '../../io/duckdb.js';
import { partitionDates } from '../../io/files.js';
import { dataError, XimError } from '../../model/failure.js';
import { type Gate, gatesPass } from '../../model/gate.js';
import { type FittedWindow, fitWindow } from '../../run/calibration/calibrateWindow.js';
import { alignContext, withEngine, withLock, worthHelping } from '../../run/pipeline.js';
import { writeResiduals } from '../../run/publication/residuals.js';
import { alignDay } from '../../run/window/alignDay.js';
import type { CalibrationWindow } from '../../run/window/calibrationWindow.js';
import { windowWithConcavity } from '../../run/window/concavity.js';
import { collectInputs, mainDataset, windowDates } from '../../run/window/inputs.js';
import { readObject, stageFolder } from '../../store/store.js';
import type { CommandResult, Session } from '../session.js';
import { fixed, textTable } from '../text.js';
import { constrainedVersion, constraintJson } from './certificates.js';
import { calibrated, describe } from './run.js';

/** One date, or an inclusive range. */
export interface DateArguments {
  readonly date?: string;
  readonly from?: string;
  readonly to?: string;
}

function requestedDates(session: Session, { date, from, to }: DateArguments): string[] {
  if (date !== undefined) return windowDates(session.config, date, 1);
  if (from === undefined || to === undefined)
    throw new XimError('usage', 'no date given', 'pass --date YYYY-MM-DD, or --from and --to');
  const dates = partitionDates(session.config.data.root, mainDataset(session.config)).filter(
    (d) => d >= from && d <= to,
  );
  if (dates.length === 0)
    throw dataError(
      `there are no quotes from ${from} to ${to} below ${session.config.data.root}`,
      'check the dates and data.root',
    );
  return dates;
}

/** `xim align`: raw events to buckets. */
export async function align(session: Session, args: DateArguments): Promise<CommandResult> {
  const { config, effects } = session;
  const inputs = await collectInputs(config, requestedDates(session, args));
  if (session.options.dryRun) return { text: `would align ${inputs.dates.join(', ')}`, json: { dates: inputs.dates } };
  return withLock(config, session.lockTimeoutMs, effects, () =>
    withEngine(config, effects, async (engine) => {
      const context = await alignContext(config, inputs, engine, effects);
      const days = [];
      for (const date of inputs.dates) {
        effects.stage(`align ${date}`);
        const { key, report } = await alignDay(context, date);
        const silent = report.coverage.filter((name) => name.quotes === 0).map((name) => name.symbol);
        if (silent.length > 0 && inputs.dates.length === 1)
          throw dataError(
            `${silent.join(', ')}: no usable quote on ${date}`,
            'remove the name from the universe, or check its symbol',
          );
        days.push({ key, folder: stageFolder(config.store, 'align', key), report });
      }
      const rows = days.flatMap(({ report }) =>
        Object.entries(report.datasets).map(([dataset, d]) => [
          report.date,
          dataset,
          d.rows,
          d.used,
          Object.entries(d.quarantined)
            .map(([reason, n]) => `${reason} ${n}`)
            .join(', '),
        ]),
      );
      return {
        text: `${textTable(['date', 'dataset', 'rows', 'used', 'quarantined'], rows)}\n${days.map((day) => day.folder).join('\n')}`,
        json: { days: days.map(({ folder, report }) => ({ folder, ...report })) },
      };
    }),
  );
}

/** Runs the stages up to the fit and hands the pieces to `use`. */
async function withFit<T>(
  session: Session,
  date: string,
  use: (fitted: FittedWindow, moments: CalibrationWindow, engine: () => Promise<Engine>) => Promise<T>,
): Promise<T> {
  const { config, effects } = session;
  const inputs = await collectInputs(config, windowDates(config, date, Number.parseInt(config.fit.window, 10)));
  return withLock(config, session.lockTimeoutMs, effects, () =>
    withEngine(config, effects, async (engine) => {
      const context = await alignContext(config, inputs, engine, effects);
      if (worthHelping(config, context.names.length)) effects.startBlasHelper();
      const moments = await windowWithConcavity(context, effects.stage);
      effects.stage('fit');
      return use(fitWindow(config, context.names, moments), moments, engine);
    }),
  );
}

/** `xim defactor`: loadings, what factors explain, and the residual moves and flow of the date. */
export function defactor(session: Session, { date }: { date: string }): Promise<CommandResult> {
  return withFit(session, date, async (fitted, moments, engine) => {
    const { names, factors } = fitted;
    const labels = moments.reports.at(-1)!.factors;
    const file = await writeResiduals(session.config, fitted, moments, await engine());
    const rows = names.map((name, i) => {
      const own = factors.names[i];
      const loadings = labels.map((_, f) => `${fixed(own.loadings[f], 3)} ± ${fixed(own.loadingErrors[f], 3)}`);
      return [name.symbol, name.block, fixed(own.r2, 3), fixed(own.flowR2, 3), ...loadings];
    });
    return {
      text: [
        textTable(['name', 'block', 'R²', 'flow R²', ...labels], rows),
        `largest residual–factor correlation ${factors.largestResidualCorrelation.toExponential(1)}`,
        file,
      ].join('\n'),
      json: {
        factors: labels,
        names: names.map((name, i) => ({ symbol: name.symbol, ...factors.names[i] })),
        largestResidualCorrelation: factors.largestResidualCorrelation,
        residuals: file,
      },
    };
  });
}

/** `xim fit`: the unconstrained model. */
export function fit(session: Session, { date }: { date: string }): Promise<CommandResult> {
  return withFit(session, date, async ({ names, calibration }, moments) => {
    const n = names.length;
    const { K, estimate, tail, notes } = calibration;
    const { kernel, rawK, standardErrors, residualVolBps } = estimate;
    const { lambda, lambdaPath, intensity } = calibration.shrinkage ?? { lambda: 0, lambdaPath: [], intensity: 0 };
    const weights = moments.basis.tauSeconds
      .map((tau, p) => `${Number.isFinite(tau) ? `${tau} s` : 'permanent'} ${fixed(kernel.weights[p], 3)}`)
      .join(', ');
    const rows = names.map((name, i) => [
      name.symbol,
      name.block,
      fixed(K.data[i * n + i], 4),
      standardErrors.data[i * n + i] > 0 ? fixed(standardErrors.data[i * n + i], 4) : '–',
      fixed(residualVolBps[i], 3),
    ]);
    return {
      text: [
        textTable(['name', 'block', 'K_ii bps/M', 's.e.', 'resid vol bps'], rows),
        `decay: ${weights} (${kernel.status})`,
        `λ ${lambda}, intensity ${fixed(intensity, 3)}, weak links ${tail?.links ?? 0} of ${(n * (n - 1)) / 2}`,
      ].join('\n'),
      json: {
        names: names.map((name) => name.symbol),
        K: rowsOf(K.data, n),
        K_raw: rowsOf(rawK.whole.data, n),
        K_se: rowsOf(standardErrors.data, n).map((row) => row.map((error) => error || null)),
        kernel: { weights: [...kernel.weights], status: kernel.status },
        lambda,
        lambdaPath,
        intensity,
        notes,
      },
    };
  });
}

const rowsOf = (data: Float64Array, n: number): number[][] =>
  Array.from({ length: n }, (_, i) => [...data.subarray(i * n, (i + 1) * n)]);

/** `xim constrain --date`: the certified version of a date, with its certificate. */
export async function constrain(session: Session, { date }: { date: string }): Promise<CommandResult> {
  const result = await calibrated(session, date);
  return { ...constrainedVersion(result.version), json: { ...describe(result), ...constraintJson(result.version) } };
}

/** `xim validate`: gates and out-of-sample scores; exit 1 when a gate fails. */
export async function validate(
  session: Session,
  { date, junit }: { date: string; junit?: string },
): Promise<CommandResult> {
  const result = await calibrated(session, date);
  const { manifest } = result.version;
  const gates = manifest.gates as Gate[];
  if (junit !== undefined) {
    const { junitXml } = await import('../../report/junit.js');
    const { writeAtomically } = await import('../../store/atomic.js');
    writeAtomically(junit, junitXml(`${manifest.model} ${manifest.asof}`, gates));
  }
  const report = JSON.parse(
    new TextDecoder().decode(
      readObject(session.config.store, manifest.objects.find((object) => object.name === 'report.json')!),
    ),
  );
  const scores = report.scores as { pooled: Record<string, number>; perName: Record<string, number[]> } | null;
  const models = ['diagonal', 'block', 'fitted'];
  const table = scores
    ? textTable(
        ['out-of-sample R²', ...models],
        [
          ...manifest.universe.names.map((name, i) => [name, ...models.map((m) => fixed(scores.perName[m][i]))]),
          ['pooled', ...models.map((m) => fixed(scores.pooled[m]))],
        ],
      )
    : 'one fold only: nothing is out of sample';
  const passed = gatesPass(gates);
  return {
    text: `${result.version.folder}\n${table}\n${manifest.verdict}\n\n${textTable(
      ['gate', 'verdict', 'value', 'bound', 'meaning'],
      gates.map((g) => [g.name, g.verdict, fixed(g.value), fixed(g.bound), g.reason]),
    )}`,
    json: { ...describe(result), scores: report.scores, holdOut: report.holdOut, horizons: report.horizons },
    exitCode: passed ? 0 : 1,
  };
}
