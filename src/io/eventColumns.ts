import type { ExpectedColumn } from './tableSchema.js';

const QUOTE_COLUMNS: readonly ExpectedColumn[] = [
  { name: 'ts', kind: 'timestamp' },
  { name: 'symbol', kind: 'text' },
  { name: 'bid', kind: 'number' },
  { name: 'ask', kind: 'number' },
  { name: 'bid_size', kind: 'number' },
  { name: 'ask_size', kind: 'number' },
  { name: 'venue', kind: 'text', optional: true },
];
const TRADE_COLUMNS: readonly ExpectedColumn[] = [
  { name: 'ts', kind: 'timestamp' },
  { name: 'symbol', kind: 'text' },
  { name: 'price', kind: 'number' },
  { name: 'size', kind: 'number' },
  { name: 'side', kind: 'number' },
  { name: 'venue', kind: 'text', optional: true },
  { name: 'trade_id', kind: 'any', optional: true },
];
const FILL_COLUMNS: readonly ExpectedColumn[] = [
  { name: 'ts', kind: 'timestamp' },
  { name: 'symbol', kind: 'text' },
  { name: 'venue', kind: 'text' },
  { name: 'side', kind: 'number' },
  { name: 'qty', kind: 'number' },
  { name: 'price', kind: 'number' },
  { name: 'parent_id', kind: 'any', optional: true },
  { name: 'child_id', kind: 'any', optional: true },
];

export type EventDataset = 'quotes' | 'trades' | 'fills';
/** What the contract asks of the event datasets. */
export const EVENT_COLUMNS: Readonly<Record<EventDataset, readonly ExpectedColumn[]>> = {
  quotes: QUOTE_COLUMNS,
  trades: TRADE_COLUMNS,
  fills: FILL_COLUMNS,
};
