import type { Engine } from '../../io/duckdb.js';
import { LARGEST_TABLE, wholeFile } from '../../io/wholeFile.js';
import { dataError, XimError } from '../../model/failure.js';
import { bucketGrid } from '../../model/grid.js';
import type { DocumentState, ScheduleDocument } from '../../model/scheduleDocument.js';
import type { StoredVersion } from '../../store/store.js';
import { linesOf } from './basketOfVersion.js';
import { tableRows } from './basketRows.js';
import { earlierTrades } from './earlierTrades.js';
import { marketOfVersion } from './marketOfVersion.js';
import { planLines, replanRest } from './plan.js';
import type { PlanOptions } from './planContext.js';
import { readVolumes, withVolumes } from './volumeFile.js';

/** What a desk asks for, by files. */
export interface PlanRequest extends Omit<PlanOptions, 'state' | 'trades' | 'otherTrades'> {
  readonly store: string;
  readonly version: StoredVersion;
  /** The basket; not needed for a replan. */
  readonly basket?: string | undefined;
  /** A document of an earlier schedule: its rest is planned anew from `start` on. */
  readonly plan?: string | undefined;
  readonly band?: number | undefined;
  readonly state?: string | undefined;
  readonly fills?: string | undefined;
  readonly otherFills?: string | undefined;
  /** Volumes by name and time of day, instead of those of the window. */
  readonly volumes?: string | undefined;
  readonly force?: boolean | undefined;
  readonly engine: () => Promise<Engine>;
}

/** A basket, or the rest of one, as a schedule. */
export async function planBasket(request: PlanRequest): Promise<ScheduleDocument> {
  const {
    store,
    version,
    engine,
    basket,
    plan,
    fills,
    otherFills,
    state,
    volumes,
    band,
    force = false,
    ...options
  } = request;
  const stored = marketOfVersion(store, version, force);
  const market =
    volumes === undefined
      ? stored
      : { ...stored, profile: withVolumes(stored.profile, stored.symbols, await readVolumes(volumes, engine)) };
  const running = plan === undefined ? undefined : readPlan(plan);
  const date = running?.date ?? options.date ?? market.asof;
  const grid = bucketGrid(market.calendar, date, market.bucketNs);
  const tradesOf = async (path: string | undefined) => (path === undefined ? [] : earlierTrades(path, grid, engine));
  const before = {
    ...options,
    trades: await tradesOf(fills),
    otherTrades: await tradesOf(otherFills),
    state: state === undefined ? undefined : readState(state),
  };
  if (running) return replanRest(market, { document: running, band }, before);
  if (basket === undefined) throw new XimError('usage', 'no basket was given', 'name a file of symbol, side and qty');
  return planLines(market, linesOf(await tableRows(basket, engine), market, options.unknown), before);
}

/** @throws data error for another kind of file */
export function readPlan(path: string): ScheduleDocument {
  const document = parsed(path) as ScheduleDocument;
  if (document?.kind === 'xim-schedule' && document.schemaVersion === 1) return document;
  throw dataError(`${path} is no schedule`, 'give what --out wrote as schedule.json');
}

/** Of a schedule the state that it started with. */
function readState(path: string): DocumentState {
  const document = parsed(path) as { kind?: string; state?: DocumentState };
  const state = document?.kind === 'xim-schedule' ? document.state : (document as DocumentState | null);
  if (state?.kind === 'xim-impact-state') return state;
  throw dataError(
    `${path} holds no impact state`,
    'give one that a schedule wrote, or the fills of the day with --fills',
  );
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(wholeFile(path, LARGEST_TABLE).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw dataError(`${path} is no JSON: ${error.message}`, 'give the file as it was written');
    throw error;
  }
}
