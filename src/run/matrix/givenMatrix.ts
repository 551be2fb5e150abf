import type { Config } from '../../config/schema.js';
import type { Engine } from '../../io/duckdb.js';
import { readMatrix } from '../../io/matrixReader.js';
import { readUniverse } from '../../io/referenceReader.js';
import type { Name } from '../../model/buckets.js';
import { dataError } from '../../model/failure.js';
import { selfImpactFloors } from '../../model/normalise.js';
import { type DenseMatrix, diagonalOf } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';

export interface MatrixRequest {
  readonly path: string;
  /** Names and blocks in the layout of the universe. */
  readonly blocks?: string;
  /** Trading day to file the version under; `undated` without one. */
  readonly date?: string;
  /** Links that are exactly zero stay so. */
  readonly keepZeros: boolean;
}

/** A matrix brought from elsewhere, checked: N×N, bps per million, with what constraints ask of it. */
export interface GivenMatrix {
  readonly K: DenseMatrix;
  /** In the order of the matrix. */
  readonly names: readonly Name[];
  /** Whether they are numbers that stand in for names. */
  readonly numbered: boolean;
  readonly floors: Float64Array;
  /** 1 where a link stays zero; N×N. */
  readonly isZero: Uint8Array;
}

/** @throws XimError `data` naming the entry that cannot be used. */
export async function readGivenMatrix(
  { constrain: { floor } }: Config,
  request: MatrixRequest,
  engine: () => Promise<Engine>,
): Promise<GivenMatrix> {
  const { matrix: K, names: symbols } = await readMatrix(engine, request.path);
  const names =
    request.blocks === undefined
      ? (symbols ?? numbers(K.rows)).map(plainName)
      : namesOfUniverse(await readUniverse(await engine(), request.blocks), request.blocks, symbols, K, request.path);
  return {
    K,
    names,
    numbered: symbols === undefined && request.blocks === undefined,
    floors: checkedFloors(K, names, floor, request.path),
    isZero: request.keepZeros ? zeroPattern(K, names, request.path) : new Uint8Array(squared(names.length)),
  };
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i + 1));

const plainName = (symbol: string): Name => ({ symbol, block: 'none', multiplier: 1, fx: 1 });

/** The rows of the universe that are the rows of the matrix, in its order. */
function namesOfUniverse(
  universe: readonly Name[],
  universePath: string,
  symbols: readonly string[] | undefined,
  { rows }: DenseMatrix,
  path: string,
): readonly Name[] {
  if (symbols) return namesBySymbol(universe, universePath, symbols, path);
  if (universe.length === rows) return universe;
  throw dataError(
    `${path} has ${rows} rows without names, ${universePath} lists ${universe.length} names`,
    'name the rows, or list exactly the names of the matrix, in its order',
  );
}

/** Unknown names that a message lists. */
const MOST_LISTED = 5;

function namesBySymbol(
  universe: readonly Name[],
  universePath: string,
  symbols: readonly string[],
  path: string,
): Name[] {
  const bySymbol = new Map(universe.map((name) => [name.symbol, name]));
  const unknown = symbols.filter((symbol) => !bySymbol.has(symbol));
  if (unknown.length === 0) return symbols.map((symbol) => bySymbol.get(symbol)!);
  const listed = unknown.slice(0, MOST_LISTED).map((name) => `"${name}"`);
  const more = unknown.length > MOST_LISTED ? ` and ${unknown.length - MOST_LISTED} more` : '';
  throw dataError(
    `${universePath} does not list ${listed.join(', ')}${more} of ${path}`,
    'add a row symbol, block for every name of the matrix',
  );
}

/** @throws data error for a self impact that is not positive where no floor raises it. */
function checkedFloors(K: DenseMatrix, names: readonly Name[], share: number, path: string): Float64Array {
  const floors = selfImpactFloors(K, names, share);
  const diagonal = diagonalOf(K);
  const at = diagonal.findIndex((k, i) => !(k > 0) && !(floors[i] > 0));
  if (at < 0) return floors;
  throw dataError(
    `${path}: row ${at + 1} (${names[at].symbol}): self impact is ${diagonal[at]}, which is not positive`,
    share > 0
      ? 'no self impact is positive: there is nothing to take a floor from; check the sign and the units of the matrix'
      : 'correct the entry, or pass --floor 0.1 to raise it to a tenth of the median of its block',
  );
}

/** @throws data error when a link is zero one way only. */
function zeroPattern({ rows: n, data }: DenseMatrix, names: readonly Name[], path: string): Uint8Array {
  const isZero = Uint8Array.from(data, (value, k) => (value === 0 && k % (n + 1) !== 0 ? 1 : 0));
  const at = isZero.findIndex((zero, k) => zero === 1 && isZero[(k % n) * n + Math.floor(k / n)] === 0);
  if (at < 0) return isZero;
  const [i, j] = [Math.floor(at / n), at % n];
  const entry = `row ${i + 1} (${names[i].symbol}), column ${j + 1} (${names[j].symbol})`;
  throw dataError(
    `${path}: ${entry} is zero, but the other way it is ${data[j * n + i]}: the zero pattern is not symmetric`,
    'make both zero, or drop --keep-zeros',
  );
}
