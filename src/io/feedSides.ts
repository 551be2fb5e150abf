import { dataError } from '../model/failure.js';
import type { FeedDataset, FeedFile, FeedTable, SideCodes } from '../model/feed.js';
import { type MappedColumn, sideExpression, signOfText } from './feedColumns.js';
import { escapedIdentifier, escapedString } from './sql.js';
import { type ExpectedColumn, isOfKind } from './tableSchema.js';

/** The quantity whose sign is the side, by dataset. */
const isQuantity = ({ name }: ExpectedColumn): boolean => name === 'qty' || name === 'size';

/** The contract's own sides, where they are text. */
const SIGNS: Exclude<SideCodes, 'signed'> = { 1: 'buy', '+1': 'buy', '-1': 'sell', 0: 'unknown' };
/** What the folders of `side=buy` may say besides. */
const WORDS: Exclude<SideCodes, 'signed'> = { buy: 'buy', sell: 'sell', unknown: 'unknown' };

const isText = (type: string | undefined): boolean => type !== undefined && isOfKind('text', type);

/**
 * The codes that a file's sides are read by; `undefined` where they are the contract's numbers.
 * @throws data error for a folder whose side is none.
 */
export function sidesOf(
  dataset: FeedDataset,
  { path, folders }: FeedFile,
  { columns, sides }: FeedTable,
  types: ReadonlyMap<string, string>,
): SideCodes | undefined {
  const column = columns.side?.column ?? 'side';
  const isMapped = columns.side !== undefined && columns.side.column === undefined;
  if (isMapped || types.has(column) || !(column in folders) || sides === 'signed')
    return sides ?? (isText(types.get(column)) ? SIGNS : undefined);
  const code = folders[column];
  const codes = sides ?? { ...SIGNS, ...WORDS };
  if (Object.hasOwn(codes, code)) return codes;
  throw dataError(
    `${path}: its folder ${column}=${code} is no side that is known`,
    `say what it means: data.sides: { ${dataset}: { "${code}": buy, … } }`,
  );
}

type Given = (ours: ExpectedColumn) => MappedColumn | undefined;

export function addSides(
  sides: SideCodes,
  columns: readonly ExpectedColumn[],
  expressions: Map<string, string>,
  given: Given,
): void {
  if (sides === 'signed') {
    const quantity = columns.find(isQuantity)!.name;
    const amount = expressions.get(quantity);
    if (amount === undefined) return;
    expressions.set('side', `sign(CAST(${amount} AS DOUBLE))`);
    expressions.set(
      quantity,
      `CASE WHEN isinf(CAST(${amount} AS DOUBLE)) THEN ${amount} ELSE abs(CAST(${amount} AS DOUBLE)) END`,
    );
    return;
  }
  const side = given(columns.find(({ name }) => name === 'side')!);
  if (side?.source.value !== undefined)
    expressions.set('side', sideExpression(escapedString(String(side.source.value)), 'VARCHAR', sides));
  if (side?.type === undefined) return;
  const column = escapedIdentifier(side.source.column!);
  expressions.set('side', sides === SIGNS ? signOfText(column) : sideExpression(column, side.type, sides));
}
