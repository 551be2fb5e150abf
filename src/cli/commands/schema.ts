import { Argument } from 'commander';
import { defineVerb } from '../verb.js';

const DOCUMENTS = ['config', 'report', 'matrix-report', 'schedule'] as const;

interface SchemaArguments {
  readonly document: (typeof DOCUMENTS)[number];
}

export const verb = defineVerb<SchemaArguments>({
  name: 'schema',
  description: 'the JSON Schema of the configuration, of report.json or of schedule.json',
  arguments: [
    new Argument('[document]', 'what it describes; matrix-report: report.json of a matrix that came without data')
      .choices(DOCUMENTS)
      .default('config'),
  ],
  withoutConfig: true,
  action: async (_session, { document }) => {
    const schema = await schemaOf(document);
    return { text: JSON.stringify(schema, null, 2), json: schema };
  },
});

async function schemaOf(document: SchemaArguments['document']): Promise<unknown> {
  if (document === 'config') return (await import('../../config/schema.js')).jsonSchema();
  return (await import('../../report/schema/documents.js')).documentSchema(document);
}
