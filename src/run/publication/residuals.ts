import { join } from 'node:path';
import { methodConfig } from '../../config/methodConfig.js';
import type { Config } from '../../config/schema.js';
import { type Engine, stampAfter, textOfCode } from '../../io/duckdb.js';
import { type OutputColumn, writeParquet } from '../../io/parquetWriter.js';
import type { DayMoves } from '../../model/buckets.js';
import { depthFields } from '../../model/flowTransform.js';
import { bucketEnds } from '../../model/grid.js';
import { METHOD_VERSION } from '../../model/manifest.js';
import { replayDay } from '../../stages/replay/replay.js';
import { stageCaches } from '../../store/stageCaches.js';
import { stageKey } from '../../store/store.js';
import type { FittedWindow } from '../calibration/fittedWindow.js';
import type { Effects } from '../effects.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';

/**
 * Writes `residuals.parquet` of the window's last day: `ts, symbol, resid_bps` (the move that factors leave) and
 * `resid_flow` (millions: flow filtered by the decay, less what follows the factors). Returns its path.
 */
export async function writeResiduals(
  config: Config,
  fitted: FittedWindow,
  moments: CalibrationWindow,
  engine: Engine,
  effects: Effects,
): Promise<string> {
  const key = stageKey({
    METHOD_VERSION,
    days: moments.days.map((day) => day.key),
    champion: moments.champion?.id ?? null,
    config: methodConfig(config),
  });
  const folder = await stageCaches(config.store, effects).open({ stage: 'defactor', key }, async (temporary) =>
    writeParquet(engine, join(temporary, RESIDUALS), await residualColumns(fitted, moments)),
  );
  return join(folder, RESIDUALS);
}

const RESIDUALS = 'residuals.parquet';

async function residualColumns(fitted: FittedWindow, moments: CalibrationWindow): Promise<OutputColumn[]> {
  const day: DayMoves = await moments.lastDay.read(['moveBps', ...depthFields(moments.transform)]);
  const { K, estimate } = fitted.calibration;
  const { factorModel, kernel, residualVolBps } = estimate;
  const model = { factorModel, weights: kernel.weights, K, residualVolBps };
  const replay = replayDay(day, model, { decay: fitted.decay, transform: moments.transform, fromBucket: 0 });
  const { grid, symbols } = day;
  const n = symbols.length;
  const ends = bucketEnds(grid);
  const cells = Array.from({ length: n * grid.buckets }, (_, c) => ({
    i: Math.floor(c / grid.buckets),
    t: c % grid.buckets,
  }));
  return [
    { name: 'ts', values: Float64Array.from(cells, ({ t }) => ends[t]), as: stampAfter(grid.epochNs) },
    { name: 'symbol', values: Int32Array.from(cells, ({ i }) => i), as: textOfCode(symbols) },
    { name: 'resid_bps', values: Float64Array.from(cells, ({ i, t }) => replay.residualBps[t * n + i]) },
    { name: 'resid_flow', values: Float64Array.from(cells, ({ i, t }) => replay.residualFlow[t * n + i]) },
  ];
}
