import { z } from 'zod';
import { parseDocument, parseJson } from '../../store/documents.js';
import { objectPath, readObject, type StoredVersion } from '../../store/store.js';

const scores = z.looseObject({
  trainFolds: z.number(),
  testFolds: z.number(),
  pooled: z.record(z.string(), z.number()),
  perName: z.record(z.string(), z.array(z.number())),
  crossGain: z.looseObject({ value: z.number() }),
});

const horizon = z.looseObject({
  label: z.string(),
  fitted: z.number(),
  own: z.number(),
  calibrationSlope: z.number(),
  windows: z.number(),
});

const link = z.looseObject({
  row: z.string(),
  column: z.string(),
  value: z.number(),
  low: z.number().optional(),
  high: z.number().optional(),
});

const change = z.looseObject({
  champion: z.string(),
  compared: z.number().optional(),
  links: z.array(z.looseObject({ row: z.string(), column: z.string(), from: z.number(), to: z.number() })),
});

/**
 * What is read back of a `report.json`. A matrix that came without data has no scores, horizons and factors. Keys stand in
 * the order of the file.
 */
const reportSchema = z.looseObject({
  links: z.array(link).optional(),
  sinceChampion: change.nullish(),
  names: z.array(z.looseObject({ missingShare: z.number().optional() })),
  scores: scores.nullish(),
  holdOut: scores.nullish(),
  horizons: z.array(horizon).optional(),
  diagnoses: z.array(z.looseObject({ mode: z.string(), verdict: z.string(), remedy: z.string() })).optional(),
  factors: z.looseObject({ names: z.array(z.string()) }).optional(),
});
export type StoredReport = z.output<typeof reportSchema>;

/**
 * The report of a version, digest checked; `undefined` for a version without one.
 * @throws XimError `corrupt` naming the key that cannot be read.
 */
export function storedReport(store: string, { manifest }: StoredVersion): StoredReport | undefined {
  const object = manifest.objects.find(({ name }) => name === 'report.json');
  if (!object) return undefined;
  const path = objectPath(store, object);
  return parseDocument(reportSchema, parseJson(new TextDecoder().decode(readObject(store, object)), path), path);
}
