import { Argument } from 'commander';
import { XimError } from '../../model/failure.js';
import { defineVerb } from '../verb.js';

interface OpenArguments {
  readonly ref: string;
}

export const verb = defineVerb<OpenArguments>({
  name: 'open',
  description: 'the path of a version’s report; on a desktop it is opened',
  arguments: [new Argument('[ref]', 'version id, prefix, date or alias').default('candidate')],
  action: async ({ config: { store }, options }, { ref }) => {
    const { objectPath, readObject, resolveReference } = await import('../../store/store.js');
    const { openerOf, openWith } = await import('../process/desktop.js');
    const { id, folder, manifest } = resolveReference(store, ref);
    const report = manifest.objects.find(({ name }) => name === 'report.html');
    if (!report)
      throw new XimError('notFound', `${folder} has no report.html`, 'calibrate it again: xim run --date D --force');
    readObject(store, report);
    const path = objectPath(store, report);
    const isTerminal = process.stdout.isTTY === true && !options.json && !options.quiet && !options.dryRun;
    const opener = openerOf({ platform: process.platform, environment: process.env, isTerminal }, path);
    const opened = opener !== undefined && (await openWith(opener));
    return { text: path, json: { id, version: folder, report: path, opened } };
  },
});
