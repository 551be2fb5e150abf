import type { Config } from '../../config/schema.js';
import type { Engine } from '../../io/duckdb.js';
import type { EventDataset } from '../../io/eventColumns.js';
import {
  type EventSource,
  exampleRow,
  needsSorting,
  openEvents,
  readQuotes,
  readTrades,
  type ScanContext,
  symbolTables,
} from '../../io/eventReader.js';
import { sidesFound } from '../../io/feedTables.js';
import type { PageCounts } from '../../io/pageChecksums.js';
import { countStrangers, type OutsideUniverse } from '../../io/symbolCodes.js';
import type { Name } from '../../model/buckets.js';
import { durationNs } from '../../model/duration.js';
import { dataError } from '../../model/failure.js';
import type { BucketGrid } from '../../model/grid.js';
import { checkAnyInSession, checkQuarantine } from '../../stages/align/align.js';
import { inQuotedCurrency, isValuedAlone, priceScales } from '../../stages/align/contracts.js';
import { type Quarantine, quarantinedRows, strangers } from '../../stages/align/quarantine.js';
import { type EdgeQuotes, quoteAligner } from '../../stages/align/quotes.js';
import { type BucketedTrades, tradeAligner } from '../../stages/align/trades.js';
import { spreadSurvey } from '../../stages/align/typicalSpread.js';
import { judgeSymbols } from './daySymbols.js';
import type { InputFile, Inputs } from './inputs.js';
import { quoteNotes } from './quoteNotes.js';
import { refuseRepeatedEvents } from './repeatedEvents.js';
import { sideHint } from './sideHint.js';
import { judgeStrays } from './strayFlow.js';
import { judgeSides } from './tradeSides.js';
import { asWritten, judgeUnread, refuseUnreadNames, rowsOfFeed, unreadRows } from './unreadTexts.js';

export interface DatasetReport {
  readonly files: readonly string[];
  readonly rows: number;
  readonly used: number;
  /** Rows of symbols that are not in the universe, also counted as quarantined; absent where there are none. */
  readonly outsideUniverse?: OutsideUniverse;
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
  /** Share of the quotes that lies in no session, which own flow and the tape are compared with. */
  private quotesOutside = 0;

  constructor(
    private readonly engine: Engine,
    private readonly scan: ScanContext,
    private readonly inputs: Inputs,
    private readonly config: Config,
    private readonly names: readonly Name[],
    private readonly date: string,
  ) {}

  /** `instantsNs`: further instants to sample, by name. */
  async quotes(
    grid: BucketGrid,
    offGridHorizonsNs: readonly number[],
    instantsNs?: readonly Float64Array[],
  ): Promise<EdgeQuotes> {
    const { align } = this.config;
    const typicalSpread = align.units === 'price' ? await this.typicalSpread(grid) : undefined;
    const quotes = await this.align('quotes', (source) =>
      withReader(
        quoteAligner({
          grid,
          names: this.scan.symbols.length,
          venues: source.venues.length,
          maxStaleNs: durationNs(align.max_stale),
          lockedIsDefect: align.locked === 'quarantine',
          badTickJump: align.bad_tick,
          ...(typicalSpread ? { typicalSpread } : { maxSpread: align.max_spread }),
          offGridHorizonsNs,
          ...(instantsNs ? { instantsNs } : {}),
        }),
        (sorted) => this.scaled(readQuotes(this.engine, source, this.scan, sorted), ['bid', 'ask']),
      ),
    );
    const { counts, rows } = quotes.quarantine;
    this.quotesOutside = (counts.get('out_of_session') ?? 0) / Math.max(1, rows - strangers(quotes.quarantine));
    refuseUnreadNames(this.date, this.scan.symbols, quotes, this.notes);
    this.notes.push(...quoteNotes(this.date, this.scan.symbols, quotes, align.max_quarantine));
    return quotes;
  }

  /** By name; a pass of its own, whose rows may come in any order. */
  private async typicalSpread(grid: BucketGrid): Promise<Float64Array> {
    const source = await openEvents(
      this.engine,
      'quotes',
      this.inputs.byDate.get(this.date)!.get('quotes')!,
      this.scan,
    );
    try {
      const survey = spreadSurvey(grid, this.scan.symbols.length);
      for await (const chunk of this.scaled(readQuotes(this.engine, source, this.scan, false), ['bid', 'ask']))
        survey.push(chunk);
      return survey.typical();
    } finally {
      source.dispose();
    }
  }

  async trades(dataset: 'trades' | 'fills', grid: BucketGrid): Promise<BucketedTrades> {
    const result = await this.align(dataset, (source) =>
      withReader(
        tradeAligner({
          grid,
          names: this.scan.symbols.length,
          venues: source.venues.length,
          sided: dataset === 'fills',
          valuedAlone: this.names.map(isValuedAlone),
          anyPrice: this.config.align.units === 'price',
        }),
        (sorted) => this.scaled(readTrades(this.engine, source, this.scan, sorted), ['price']),
      ),
    );
    checkAnyInSession(dataset, this.date, result);
    if (result.unsigned > 0)
      this.notes.push(
        `${this.date}: ${result.unsigned} ${dataset} rows have side 0; they count as volume, not as flow`,
      );
    const of = { dataset, date: this.date, venues: this.venues.get(dataset)! };
    this.notes.push(...judgeStrays(of, result, this.quotesOutside));
    const { files } = this.reports[dataset];
    this.notes.push(...judgeSides({ ...of, files, sides: this.scan.feed(dataset).sides }, result));
    return result;
  }

  /** The chunks with their prices in the quoted currency. */
  private async *scaled<K extends string, C extends Readonly<Record<K, Float64Array>> & { readonly name: Int32Array }>(
    chunks: AsyncGenerator<C>,
    columns: readonly K[],
  ): AsyncGenerator<C> {
    const scales = priceScales(this.names);
    for await (const chunk of chunks) {
      const prices = columns.map((column) => [column, inQuotedCurrency(chunk[column], chunk.name, scales)]);
      yield scales ? { ...chunk, ...Object.fromEntries(prices) } : chunk;
    }
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
      if (source.deselected > 0 && result.quarantine.rows === 0)
        throw dataError(
          `${dataset} of ${this.date}: data.rows.${dataset} leaves out all ${source.deselected} rows`,
          `correct data.rows: the rows meant are those with ${JSON.stringify(this.scan.feed(dataset).rows)}`,
        );
      const empty = files.filter(({ path }) => source.empty.includes(path)).map(({ name }) => name);
      if (empty.length > 0) this.notes.push(`${this.date}: without a row: ${empty.join(', ')}`);
      if (source.microsecondFiles.length > 0)
        this.notes.push(`${this.date}: ${dataset} stamps are INT96 and were read to the microsecond`);
      if (this.scan.clockOffsetsNs.size > 0 && !source.hasVenue.every(Boolean))
        this.notes.push(`${this.date}: ${dataset} have no venue: align.clock_offsets does not move them`);
      this.venues.set(dataset, source.venues);
      const symbols = await this.judge(source, result);
      this.notes.push(...symbols.notes);
      const outside = symbols.outsideUniverse ? { outsideUniverse: symbols.outsideUniverse } : {};
      this.reports[dataset] = { ...(await this.describe(source, files, result)), ...outside };
      await this.checkTexts(source, files, result.quarantine);
      await this.checkSides(source, files, result.quarantine);
      checkQuarantine(
        dataset,
        this.date,
        result.quarantine,
        this.config.align.max_quarantine,
        files.map((file) => file.name),
      );
      const { engine, scan, date } = this;
      await refuseRepeatedEvents({ engine, source, scan, files, date }, result.quarantine);
      for (const identifier of source.placeholders)
        this.notes.push(
          `${date}: ${dataset} have files with "${identifier}" for the identifier of every row, which identifies none`,
        );
      return result;
    } finally {
      source.dispose();
    }
  }

  /** Texts that are no numbers or stamps are shown as the feed writes them. */
  private async checkTexts({ dataset }: EventSource, files: readonly InputFile[], quarantine: Quarantine) {
    const read = { dataset, files, table: this.scan.feed(dataset) };
    const report = this.reports[dataset];
    const unread = await unreadRows(this.engine, read, rowsOfFeed(quarantine.examples, report.examples));
    this.reports[dataset] = { ...report, examples: asWritten(report.examples, unread) };
    const maxShare = this.config.align.max_quarantine;
    this.notes.push(...judgeUnread(read, this.date, { quarantine, unread, maxShare }));
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
      sideHint(dataset, found, dataset === 'fills'),
    );
  }

  private judge(source: EventSource, result: { quarantine: Quarantine; used: Int32Array }) {
    const { dataset } = source;
    return judgeSymbols({
      dataset,
      date: this.date,
      symbols: this.scan.symbols,
      census: () => countStrangers(this.engine, symbolTables(source), this.scan),
      quarantine: result.quarantine,
      ...(dataset === 'fills' ? {} : { used: result.used }),
    });
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
