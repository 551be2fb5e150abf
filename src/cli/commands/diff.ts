import { Argument, Option } from 'commander';
import type { VersionDiff } from '../../run/versions/diffVersions.js';
import { nonNegative } from '../options/parsers.js';
import { fixed, textTable } from '../text.js';
import { defineVerb } from '../verb.js';

interface DiffArguments {
  readonly a: string;
  readonly b: string;
  readonly maxRel?: number;
}

export const verb = defineVerb<DiffArguments>({
  name: 'diff',
  description: 'how two versions differ; exit 1 above --max-rel',
  arguments: [
    new Argument('<a>', 'version id, prefix, date or alias'),
    new Argument('<b>', 'version id, prefix, date or alias'),
  ],
  options: [new Option('--max-rel <x>', 'largest change allowed, as a share of √(K_ii K_jj)').argParser(nonNegative)],
  action: async ({ config: { store } }, { a, b, maxRel }) => {
    const { resolveReference } = await import('../../store/store.js');
    const { diffVersions } = await import('../../run/versions/diffVersions.js');
    const result = diffVersions(store, resolveReference(store, a), resolveReference(store, b));
    const exceeded =
      maxRel !== undefined && (result.maxRelative > maxRel || result.added.length + result.removed.length > 0);
    const judgement = maxRel === undefined ? '' : `, ${exceeded ? 'above' : 'within'} ${maxRel}`;
    return {
      text: textOf(result, judgement),
      json: { ...result, exceeded },
      exitCode: exceeded ? 1 : 0,
    };
  },
});

function textOf(result: VersionDiff, judgement: string): string {
  const { added, removed, largest } = result;
  const rows = largest.map((entry) => [
    entry.row,
    entry.column,
    fixed(entry.from),
    fixed(entry.to),
    fixed(entry.relative, 6),
  ]);
  return [
    `${result.from} → ${result.to}: largest change ${fixed(result.maxRelative, 6)} of √(K_ii K_jj)${judgement}`,
    ...(rows.length > 0 ? [textTable(['row', 'column', 'from', 'to', 'change'], rows)] : []),
    ...(added.length > 0 ? [`added: ${added.join(', ')}`] : []),
    ...(removed.length > 0 ? [`removed: ${removed.join(', ')}`] : []),
    `configuration ${result.configChanged ? 'changed' : 'the same'}, inputs ${result.inputsChanged ? 'changed' : 'the same'}`,
  ].join('\n');
}
