import type { Config } from '../../config/schema.js';
import type { Engine } from '../../io/duckdb.js';
import {
  type EventDataset,
  type EventSource,
  exampleRow,
  needsSorting,
  openEvents,
  readQuotes,
  readTrades,
  type ScanContext,
} from '../../io/eventReader.js';
import { sidesFound } from '../../io/feedTables.js';
import type { PageCounts } from '../../io/pageChecksums.js';
import { durationNs } from '../../model/duration.js';
import { dataError } from '../../model/failure.js';
import type { BucketGrid } from '../../model/grid.js';
import { checkQuarantine } from '../../stages/align/align.js';
import { type Quarantine, quarantinedRows } from '../../stages/align/quarantine.js';
import { type EdgeQuotes, quoteAligner } from '../../stages/align/quotes.js';
import { type BucketedTrades, tradeAligner } from '../../stages/align/trades.js';
import type { InputFile, Inputs } from './inputs.js';

export interface DatasetReport {
  readonly files: readonly string[];
  readonly rows: number;
  readonly used: number;
  readonly quarantined: Readonly<Record<string, number>>;
  /** Rows that `data.rows` leaves out; they are not among those read. */
  readonly deselected?: number;
  /** Pages of its Parquet files; absent in what earlier versions aligned. */
  readonly checksums?: PageCounts;
  readonly examples: readonly {
    readonly reason: string;
    readonly file: string;
    readonly row: number;
    readonly values: unknown;
  }[];
}

/** Streams the event datasets of one day and keeps what the report needs. */
export class DayReader {
  readonly reports: Record<string, DatasetReport> = {};
  readonly venues = new Map<string, readonly string[]>();
  readonly notes: string[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly scan: ScanContext,
    private readonly inputs: Inputs,
    private readonly config: Config,
    private readonly date: string,
  ) {}

  /** `instantsNs`: further instants to sample, by name. */
  async quotes(
    grid: BucketGrid,
    offGridHorizonsNs: readonly number[],
    instantsNs?: readonly Float64Array[],
  ): Promise<EdgeQuotes> {
    const { align } = this.config;
    return this.align('quotes', (source) =>
      withReader(
        quoteAligner({
          grid,
          names: this.scan.symbols.length,
          venues: source.venues.length,
          maxStaleNs: durationNs(align.max_stale),
          lockedIsDefect: align.locked === 'quarantine',
          badTickJump: align.bad_tick,
          offGridHorizonsNs,
          ...(instantsNs ? { instantsNs } : {}),
        }),
        (sorted) => readQuotes(this.engine, source, this.scan, sorted),
      ),
    );
  }

  async trades(dataset: 'trades' | 'fills', grid: BucketGrid): Promise<BucketedTrades> {
    const result = await this.align(dataset, (source) =>
      withReader(tradeAligner({ grid, names: this.scan.symbols.length, venues: source.venues.length }), (sorted) =>
        readTrades(this.engine, source, this.scan, sorted),
      ),
    );
    if (result.unsigned > 0)
      this.notes.push(
        `${this.date}: ${result.unsigned} ${dataset} rows have side 0; they count as volume, not as flow`,
      );
    refuseOneSidedTape(dataset, this.date, result);
    return result;
  }

  private async align<Chunk, Result extends { quarantine: Quarantine; used: Int32Array }>(
    dataset: EventDataset,
    start: (source: EventSource) => Alignment<Chunk, Result>,
  ): Promise<Result> {
    const files = this.inputs.byDate.get(this.date)!.get(dataset)!;
    const source = await openEvents(this.engine, dataset, files, this.scan);
    try {
      const inOrder = needsSorting(source, this.scan) ? undefined : await drain(start(source), false);
      const result = inOrder ?? (await drain(start(source), true))!;
      if (source.microsecondFiles.length > 0)
        this.notes.push(`${this.date}: ${dataset} stamps are INT96 and were read to the microsecond`);
      if (this.scan.clockOffsetsNs.size > 0 && !source.hasVenue.every(Boolean))
        this.notes.push(`${this.date}: ${dataset} have no venue: align.clock_offsets does not move them`);
      this.venues.set(dataset, source.venues);
      this.reports[dataset] = await this.describe(source, files, result);
      await this.checkSides(source, files, result.quarantine);
      checkQuarantine(
        dataset,
        this.date,
        result.quarantine,
        this.config.align.max_quarantine,
        files.map((file) => file.name),
      );
      return result;
    } finally {
      source.dispose();
    }
  }

  /** Codes that are no sides are the mapping's to explain, and it needs to know them. */
  private async checkSides(source: EventSource, files: readonly InputFile[], quarantine: Quarantine): Promise<void> {
    const rows = quarantine.counts.get('bad_side') ?? 0;
    if (rows <= this.config.align.max_quarantine * quarantine.rows) return;
    const { dataset } = source;
    const table = this.scan.feed(dataset);
    const found = await sidesFound(
      this.engine,
      files.map(({ path }) => path),
      table,
    );
    throw dataError(
      `${dataset} of ${this.date}: ${rows} of ${quarantine.rows} rows have no side that is known; found ${found.join(', ')}`,
      `say what they mean: data.sides: { ${dataset}: { ${found.map((code) => `"${code}": buy`).join(', ')} } }, each buy, sell or unknown`,
    );
  }

  private async describe(
    source: EventSource,
    files: readonly InputFile[],
    { quarantine }: { quarantine: Quarantine },
  ): Promise<DatasetReport> {
    const examples = [];
    for (const { reason, file, row } of quarantine.examples) {
      examples.push({ reason, file: files[file].name, row, values: await exampleRow(this.engine, source, file, row) });
    }
    return {
      files: files.map((file) => file.name),
      rows: quarantine.rows,
      used: quarantine.rows - quarantinedRows(quarantine),
      quarantined: Object.fromEntries([...quarantine.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
      ...(source.deselected > 0 ? { deselected: source.deselected } : {}),
      examples,
    };
  }
}

/** Fewer cells of flow than this may all be bought by chance. */
const FEW_CELLS = 30;

/** Sides of 0 and 1 read as “unknown” and “buy” where “sell” and “buy” are meant: every sale would be gone. */
function refuseOneSidedTape(dataset: string, date: string, { unsigned, flow }: BucketedTrades): void {
  const isOneSided =
    flow.signedQty.every((quantity) => quantity > 0) || flow.signedQty.every((quantity) => quantity < 0);
  if (unsigned === 0 || flow.signedQty.length < FEW_CELLS || !isOneSided) return;
  const side = flow.signedQty[0] > 0 ? 1 : -1;
  throw dataError(
    `${dataset} of ${date}: every side is ${side} or 0, and none is ${-side}`,
    `if 0 means ${side > 0 ? 'sell' : 'buy'}, set data.sides: { ${dataset}: { "1": buy, "0": sell } } as the feed has it`,
  );
}

interface Alignment<Chunk, Result> {
  readonly aligner: { push(chunk: Chunk): boolean; finish(): Result };
  readonly read: (sorted: boolean) => AsyncGenerator<Chunk>;
}

const withReader = <Chunk, Result>(
  aligner: Alignment<Chunk, Result>['aligner'],
  read: Alignment<Chunk, Result>['read'],
): Alignment<Chunk, Result> => ({ aligner, read });

/** Pushes every chunk; `undefined` when the rows turned out not to be in order and have to be read sorted. */
async function drain<Chunk, Result>(
  { aligner, read }: Alignment<Chunk, Result>,
  sorted: boolean,
): Promise<Result | undefined> {
  for await (const chunk of read(sorted)) if (!aligner.push(chunk)) return undefined;
  return aligner.finish();
}
