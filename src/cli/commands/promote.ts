import { Argument, Option } from 'commander';
import { XimError } from '../../model/failure.js';
import { isFailing } from '../../model/gate.js';
import { defineVerb } from '../verb.js';

interface PromoteArguments {
  readonly ref: string;
  readonly reason?: string;
}

/** Without passing gates a version becomes champion only with --force and a reason. */
export const verb = defineVerb<PromoteArguments>({
  name: 'promote',
  description: 'make a version champion',
  arguments: [new Argument('<ref>', 'version id, prefix, date or alias')],
  options: [new Option('--reason <text>', 'why, for the history')],
  action: async (session, { ref, reason }) => {
    const { resolveReference } = await import('../../store/store.js');
    const { makeChampion } = await import('../steps/champion.js');
    const version = resolveReference(session.config.store, ref);
    const failed = version.manifest.gates.filter(isFailing).map((gate) => gate.name);
    if (failed.length > 0 && !(session.options.force && reason))
      throw new XimError(
        'gate',
        `${version.folder} fails ${failed.join(', ')}`,
        'promote it all the same with --force --reason "…"',
      );
    return makeChampion(session, version, { action: 'promote', why: reason ?? 'gates passed' });
  },
});
