import { type Engine, smallQuery } from './duckdb.js';
import { identifierText } from './eventIdentity.js';
import { type EventSource, nanosecondsAfter, type ScanContext } from './eventReader.js';
import { nameCode } from './symbolCodes.js';
import { tableOf, withFile } from './tableSchema.js';

/** Two parts of a day, files or spellings of one name, that hold the same prints. */
export interface SecondCopy {
  /** Of files their places, of spellings the symbols. */
  readonly parts: readonly [string, string];
  /** Rows of the second that stand in the first too, and all rows of the second where both have rows. */
  readonly repeated: number;
  readonly rows: number;
}

/** Fewer rows than this may be alike by chance. */
const FEW_ROWS = 20;
/** Of the rows that are unlike any other of their own part, the share that must stand in the other. */
const REPEATED_SHARE = 0.3;
/** Orders that are split evenly over venues look alike in the files of both; a copy under another venue is alike throughout. */
const REPEATED_SHARE_OF_VENUES = 0.8;
/** The same of rows whose identifiers differ. */
const REPEATED_SHARE_OF_IDENTIFIERS = 0.9;
const REPEATED_SHARE_OF_SPELLINGS = 0.5;
/** Rows that are compared at most; of more, those of some quantities and prices. */
const MOST_ROWS = 2_000_000;

const SECOND_NS = 1_000_000_000;
const UNITS_NS = [SECOND_NS, 1_000_000, 1_000, 1];

interface FileFacts {
  readonly rows: number;
  /** Coarsest unit that all stamps are multiples of. */
  readonly unitNs: number;
  readonly venues: readonly string[];
  readonly isIdentified: boolean;
  readonly isUnique: boolean;
}

/**
 * Files of a day that overlap in time and hold the same prints, in whatever form: their stamps coarser, their prices in single
 * precision, their identifiers gone or numbers, their venues under other names.
 */
export async function copiesAmongFiles(
  engine: Engine,
  source: EventSource,
  context: ScanContext,
): Promise<SecondCopy[]> {
  if (!source.mayRepeat) return [];
  const facts = await Promise.all(source.scanned.map((_, k) => fileFacts(engine, source, context, k)));
  return comparing(engine, source, context, { facts, part: (file) => `'${file}'` }, async (modulus) => {
    const byIdentifier = await matches(engine, 'same', modulus);
    const byContent = await matches(engine, 'said', modulus);
    const isCopy = (copy: SecondCopy & Share, least: number) => copy.share > least;
    const found: SecondCopy[] = [];
    for (const match of byContent) {
      const [a, b] = match.parts.map((part) => facts[Number(part)]);
      const identified = byIdentifier.find(({ parts }) => parts.join() === match.parts.join());
      const least =
        a.isIdentified && b.isIdentified
          ? REPEATED_SHARE_OF_IDENTIFIERS
          : areApart(a.venues, b.venues)
            ? REPEATED_SHARE_OF_VENUES
            : REPEATED_SHARE;
      const bySaying = await shareOf(engine, match, modulus);
      if (isCopy(bySaying, least)) found.push(bySaying);
      else if (identified) {
        const copy = await shareOf(engine, identified, modulus);
        if (isCopy(copy, REPEATED_SHARE)) found.push(copy);
      }
    }
    const said = new Set(byContent.map(({ parts }) => parts.join()));
    for (const match of byIdentifier.filter(({ parts }) => !said.has(parts.join()))) {
      const copy = await shareOf(engine, match, modulus);
      if (isCopy(copy, REPEATED_SHARE)) found.push(copy);
    }
    return found;
  });
}

/** Symbols that stand for one name and hold the same prints. */
export async function copiesAmongSpellings(
  engine: Engine,
  source: EventSource,
  context: ScanContext,
): Promise<SecondCopy[]> {
  if (!context.aliases || context.aliases.size === 0) return [];
  const facts = await Promise.all(source.scanned.map((_, k) => fileFacts(engine, source, context, k)));
  return comparing(engine, source, context, { facts, part: () => 'CAST(symbol AS VARCHAR)' }, async (modulus) => {
    const found: SecondCopy[] = [];
    for (const match of await matches(engine, 'said', modulus)) {
      const copy = await shareOf(engine, match, modulus);
      if (copy.share > REPEATED_SHARE_OF_SPELLINGS) found.push(copy);
    }
    return found;
  });
}

const areApart = (a: readonly string[], b: readonly string[]): boolean =>
  a.length > 0 && b.length > 0 && a.every((venue) => !b.includes(venue));

const idColumn = ({ dataset }: EventSource) => (dataset === 'fills' ? 'child_id' : 'trade_id');

async function fileFacts(engine: Engine, source: EventSource, context: ScanContext, k: number): Promise<FileFacts> {
  const time = nanosecondsAfter(context.epochNs, source.stampTypes[k]);
  const units = UNITS_NS.map((unit, u) => `bool_and((${time}) % ${unit} = 0) AS unit${u}`);
  const id = source.hasIdentifier[k] ? identifierText(idColumn(source), source.placeholders) : 'NULL::VARCHAR';
  const venues = source.hasVenue[k] ? 'list(DISTINCT CAST(venue AS VARCHAR))' : 'NULL';
  const sql = `SELECT count(*)::DOUBLE AS rows, ${units.join(', ')}, ${venues} AS venues, count(${id})::DOUBLE AS identified,
    approx_count_distinct(${id})::DOUBLE AS different FROM ${tableOf(source.scanned[k])}`;
  const [row] = await withFile(source.files[k], () => smallQuery(engine, sql));
  const [rows, identified, different] = [row.rows, row.identified, row.different].map(Number);
  return {
    rows,
    unitNs: UNITS_NS.find((_, u) => row[`unit${u}`] === true) ?? 1,
    venues: Array.isArray(row.venues) ? row.venues.map(String) : [],
    isIdentified: identified > rows / 2,
    isUnique: different > 0.8 * identified,
  };
}

interface Comparison {
  readonly facts: readonly FileFacts[];
  /** SQL for the part that the rows of a file belong to. */
  readonly part: (file: number) => string;
}

/** Runs `compare` on a table of what every row says, those of no name and outside the sessions left out. */
async function comparing<T>(
  engine: Engine,
  source: EventSource,
  context: ScanContext,
  { facts, part }: Comparison,
  compare: (modulus: number) => Promise<T>,
): Promise<T> {
  const unitNs = Math.max(1, ...facts.filter(({ rows }) => rows > 0).map((file) => file.unitNs));
  const everyIdIsOne = facts.every(({ isIdentified, isUnique }) => !isIdentified || isUnique);
  const modulus = Math.ceil(facts.reduce((sum, { rows }) => sum + rows, 0) / MOST_ROWS);
  const size = source.dataset === 'fills' ? 'qty' : 'size';
  const tables = source.scanned.map((file, k) => {
    const time = nanosecondsAfter(context.epochNs, source.stampTypes[k]);
    const said = ['side', size, 'price'].map((column) => `CAST(CAST(${column} AS DOUBLE) AS FLOAT)`).join(', ');
    const id = source.hasIdentifier[k] ? identifierText(idColumn(source), source.placeholders) : 'NULL::VARCHAR';
    return `SELECT ${part(k)} AS part, ${nameCode(context)} AS name, floor((${time})::DOUBLE / ${unitNs}) AS bin,
      hash(${nameCode(context)}, ${said}) AS print, (${time})::DOUBLE AS time, ${id} AS id FROM ${tableOf(file)}`;
  });
  const inSession = context.sessionsNs.map(([start, end]) => `time BETWEEN ${start} AND ${end}`).join(' OR ');
  try {
    await engine.connection.run(`CREATE OR REPLACE TEMP TABLE xim_prints AS
      SELECT part, name, bin, hash(print, bin) AS said,
        CASE WHEN id IS NOT NULL THEN hash(print, id${everyIdIsOne ? '' : ', bin'}) END AS same, count(*)::DOUBLE AS n
      FROM (${tables.join(' UNION ALL ')}) WHERE name IS NOT NULL AND (${inSession}) AND print % ${modulus} = 0 GROUP BY ALL`);
    return await compare(modulus);
  } finally {
    await engine.connection.run('DROP TABLE IF EXISTS xim_prints');
  }
}

interface Match {
  readonly parts: readonly [string, string];
  readonly by: 'said' | 'same';
  readonly repeated: number;
}

/** Rows that each two parts have in common, those of equal content paired off one by one. */
async function matches(engine: Engine, by: Match['by'], modulus: number): Promise<Match[]> {
  const rows = await smallQuery(
    engine,
    `WITH counts AS (SELECT part, ${by} AS print, sum(n) AS n FROM xim_prints WHERE ${by} IS NOT NULL GROUP BY ALL)
     SELECT a.part AS a, b.part AS b, sum(least(a.n, b.n))::DOUBLE AS repeated
     FROM counts a JOIN counts b ON a.print = b.print AND a.part < b.part
     GROUP BY ALL HAVING sum(least(a.n, b.n)) > ${FEW_ROWS / modulus} ORDER BY repeated DESC, a.part, b.part`,
  );
  return rows.map(({ a, b, repeated }) => ({ parts: [String(a), String(b)], by, repeated: Number(repeated) }));
}

interface Share {
  /** Of the rows unlike any other of their part: what prints alike within a part would have in common by chance counts for nothing. */
  readonly share: number;
}

/** The larger of the shares of two parts, among the rows of the stretch of time in which both have rows of a name. */
async function shareOf(engine: Engine, { parts, by, repeated }: Match, modulus: number): Promise<SecondCopy & Share> {
  const both = `part IN (${parts.map((part) => `'${part.replaceAll("'", "''")}'`).join(', ')})`;
  const counted = await smallQuery(
    engine,
    `WITH spans AS (SELECT name, max(low) AS low, min(high) AS high FROM (
       SELECT part, name, min(bin) AS low, max(bin) AS high FROM xim_prints WHERE ${both} GROUP BY ALL) GROUP BY name HAVING count(*) = 2)
     SELECT part, sum(n)::DOUBLE AS rows, sum(CASE WHEN n > 1 THEN n ELSE 0 END)::DOUBLE AS alike FROM (
       SELECT part, ${by} AS print, sum(n) AS n FROM xim_prints JOIN spans USING (name)
       WHERE ${both} AND bin BETWEEN low AND high GROUP BY ALL) GROUP BY part`,
  );
  const ofPart = parts.map((part) => {
    const row = counted.find((found) => String(found.part) === part);
    const [rows, alike] = [Number(row?.rows ?? 0), Number(row?.alike ?? 0)];
    const share = repeated >= rows ? 1 : Math.max(0, repeated - alike) / (rows - alike);
    return { rows, share: rows > 0 ? share : 0 };
  });
  const [first, second] = ofPart[0].share > ofPart[1].share ? [1, 0] : [0, 1];
  return {
    parts: [parts[first], parts[second]],
    repeated: Math.round(repeated * modulus),
    rows: Math.round(ofPart[second].rows * modulus),
    share: ofPart[second].share,
  };
}
