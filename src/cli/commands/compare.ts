import { Argument, Option } from 'commander';
import { defineVerb } from '../verb.js';

interface CompareArguments {
  readonly a: string;
  readonly b: string;
  readonly html?: string;
}

export const verb = defineVerb<CompareArguments>({
  name: 'compare',
  description: 'two versions side by side: costs, links that moved beyond their errors, gates, settings, inputs',
  arguments: [
    new Argument('<a>', 'version id, prefix, date or alias'),
    new Argument('<b>', 'version id, prefix, date or alias'),
  ],
  options: [new Option('--html <file>', 'write the comparison as a page')],
  action: async ({ config: { store } }, { a, b, html }) => {
    const { resolveReference } = await import('../../store/store.js');
    const { compareVersions } = await import('../../run/versions/compareVersions.js');
    const { comparisonText } = await import('../steps/comparisonText.js');
    const { wordsOf } = await import('../../model/units.js');
    const [from, to] = [resolveReference(store, a), resolveReference(store, b)];
    const compared = compareVersions(store, from, to);
    const units = wordsOf(to.manifest);
    if (html !== undefined) {
      const { renderComparison } = await import('../../report/comparison.js');
      const { writeAtomically } = await import('../../store/atomic.js');
      writeAtomically(html, renderComparison(compared, units));
    }
    return { text: comparisonText(compared, units), json: compared };
  },
});
