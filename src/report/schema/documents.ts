import { z } from 'zod';
import { matrixReportSchema, reportSchema } from './report.js';
import { scheduleSchema } from './schedule.js';

/** Documents that are published for programs to read, by the name under which their JSON Schema is asked for. */
export const DOCUMENT_SCHEMAS = {
  report: reportSchema,
  'matrix-report': matrixReportSchema,
  schedule: scheduleSchema,
} as const;

export type PublishedDocument = keyof typeof DOCUMENT_SCHEMAS;

export const documentSchema = (name: PublishedDocument): unknown => ({
  $id: `xim-${name}`,
  ...z.toJSONSchema(DOCUMENT_SCHEMAS[name]),
});
