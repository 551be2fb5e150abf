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
import type { PageCounts } from '../../io/pageChecksums.js';
import { durationNs } from '../../model/duration.js';
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
  /** Pages of its Parquet files; absent in what earlier versions aligned. */
  readonly checksums?: PageCounts;
  readonly examples: readonly {
    readonly reason: string;
    readonly file: string;
    readonly row: number;
    readonly values: unknown;
  }[];
}

export const pathsOf = (files: readonly InputFile[]): string[] => files.map((file) => file.path);

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
    return result;
  }

  private async align<Chunk, Result extends { quarantine: Quarantine; used: Int32Array }>(
    dataset: EventDataset,
    start: (source: EventSource) => Alignment<Chunk, Result>,
  ): Promise<Result> {
    const files = this.inputs.byDate.get(this.date)!.get(dataset)!;
    const source = await openEvents(this.engine, dataset, pathsOf(files), this.scan);
    try {
      const inOrder = needsSorting(source, this.scan) ? undefined : await drain(start(source), false);
      const result = inOrder ?? (await drain(start(source), true))!;
      if (source.microsecondFiles.length > 0)
        this.notes.push(`${this.date}: ${dataset} stamps are INT96 and were read to the microsecond`);
      this.venues.set(dataset, source.venues);
      this.reports[dataset] = await this.describe(source, files, result);
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
      examples,
    };
  }
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
