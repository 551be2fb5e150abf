import { defineVerb } from '../verb.js';

export const verb = defineVerb({
  name: 'schema',
  description: 'the JSON Schema of the configuration',
  withoutConfig: true,
  action: async () => {
    const { jsonSchema } = await import('../../config/schema.js');
    const document = jsonSchema();
    return { text: JSON.stringify(document, null, 2), json: document };
  },
});
