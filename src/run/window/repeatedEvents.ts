import type { Engine } from '../../io/duckdb.js';
import type { EventSource, ScanContext } from '../../io/eventReader.js';
import { copiesAmongFiles, copiesAmongSpellings, type SecondCopy } from '../../io/secondCopies.js';
import { repeatedRows } from '../../io/twinRows.js';
import { dataError } from '../../model/failure.js';
import type { Quarantine } from '../../stages/align/quarantine.js';
import type { InputFile } from './inputs.js';

/** Rows beyond those that were set aside by their identity; fewer may be alike by chance. */
const FEW_ROWS = 20;
const FEW_SHARE = 0.05;

/** A day's rows of trades or fills, to be looked at for second copies that no identity shows. */
export interface EventsOfDay {
  readonly engine: Engine;
  readonly source: EventSource;
  readonly scan: ScanContext;
  readonly files: readonly InputFile[];
  readonly date: string;
}

/**
 * Every row twice halves every impact, and no gate would see it.
 * @throws data error when a file says what another says already, in whatever form, or says everything twice itself
 */
export async function refuseRepeatedEvents(day: EventsOfDay, { acrossFiles = 0 }: Quarantine): Promise<void> {
  const { engine, source, scan, files, date } = day;
  if (source.dataset === 'quotes') return;
  const copies = await copiesAmongFiles(engine, source, scan);
  const repeated = copies.reduce((sum, copy) => sum + copy.repeated, 0);
  if (repeated - acrossFiles > Math.max(FEW_ROWS, FEW_SHARE * repeated))
    throw secondExport(day, copies[0], (file) => files[Number(file)].name);
  const [spelling] = await copiesAmongSpellings(engine, source, scan);
  if (spelling)
    throw dataError(
      `${source.dataset} of ${date}: ${counted(spelling)} of "${spelling.parts[1]}" stand under "${spelling.parts[0]}" too, and both stand for one name`,
      'leave one of them out by data.rows, or end its entry of symbols.csv before this date',
    );
  for (const [k, file] of files.entries()) {
    const twins = await repeatedRows(engine, source.scanned[k], file, scan.feed(source.dataset));
    if (twins)
      throw dataError(
        `${source.dataset} of ${date}: ${twins.repeated} of ${twins.rows} rows of ${file.name} stand there ${twins.times === 2 ? 'twice' : 'three times'}, alike in every column`,
        'write every row once; rows that are prints of their own need a column that tells them apart',
      );
  }
}

const counted = ({ repeated, rows }: SecondCopy) => `${repeated} of ${rows} rows`;

const secondExport = ({ source, date }: EventsOfDay, copy: SecondCopy, name: (part: string) => string) =>
  dataError(
    `${source.dataset} of ${date}: ${counted(copy)} of ${name(copy.parts[1])} stand in ${name(copy.parts[0])} too, but for the form of their stamps, prices, identifiers or venues: a second export?`,
    'remove one of the files, or the rows that stand in both',
  );
