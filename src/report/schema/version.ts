import { z } from 'zod';
import { count, date, number, text, texts } from './scalars.js';

/** What a report repeats of the manifest of its version. */

const VERDICTS = ['passed', 'failed', 'not applicable', 'not enough data'] as const;

export const gate = z.strictObject({
  name: text('what is asked: “xim explain NAME” says it in a paragraph'),
  verdict: z.enum(VERDICTS).describe('failed and not enough data stop a promotion; not applicable does not'),
  value: z.number().exactOptional().describe('what was measured, in the unit of the gate; absent where nothing was'),
  bound: z.number().exactOptional().describe('what it is compared with, in the unit of the value'),
  low: z.number().optional().describe('lower 95 % bound of the value, where it has one'),
  high: z.number().optional().describe('upper 95 % bound of the value, where it has one'),
  reason: text('one sentence for the reader'),
});

const input = z.strictObject({
  dataset: text('name of the dataset, such as quotes or trades'),
  date: date('trading day; absent for datasets that have none').exactOptional(),
  sha256: text('digest of the bytes, hexadecimal; of a champion its id'),
  rows: count('rows that were read'),
});

const producer = z.strictObject({
  name: text('program that wrote the report'),
  packageVersion: text('version of the program'),
  methodVersion: count('number of the method: the same data and settings give other numbers under another one'),
});

export const ofManifest = {
  model: text('name of the artifact line'),
  asof: text('last trading day of the window, YYYY-MM-DD; “undated” for a matrix that came without data'),
  gates: z.array(gate).describe('conditions of promotion, in order'),
  notes: texts('what the reader should know, a sentence each'),
  inputs: z.array(input).describe('what was read'),
  producer: producer.describe('what wrote the report'),
  config: z.unknown().describe('settings that change a result, as resolved: see “xim schema config”'),
};

export const tried = {
  error: number('cross-validated error on held-out folds, in units of residual variances'),
};

export const timeConstants = (meaning: string) =>
  z.array(z.union([z.number(), z.literal('permanent')])).describe(`${meaning}, seconds, or permanent`);

export const decayPoint = {
  seconds: number('time since the trade, seconds'),
  level: number('impact left as a share of impact at once'),
};
