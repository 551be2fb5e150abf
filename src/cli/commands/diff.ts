import { Argument, Option } from 'commander';
import { timeConstantText } from '../../model/manifest.js';
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
    ...concaveLines(result),
    ...(added.length > 0 ? [`added: ${added.join(', ')}`] : []),
    ...(removed.length > 0 ? [`removed: ${removed.join(', ')}`] : []),
    `configuration ${result.configChanged ? 'changed' : 'the same'}, inputs ${result.inputsChanged ? 'changed' : 'the same'}`,
  ].join('\n');
}

function concaveLines({ concave }: VersionDiff): string[] {
  if (!concave) return [];
  const { power, tauSeconds, modes, medianChange } = concave;
  const terms = (c: number | null, times: readonly number[], count: number) => {
    if (c === null) return 'none';
    return `power ${c} over ${times.map(timeConstantText).join(', ')}${count > 0 ? `, ${count} modes` : ''}`;
  };
  const [from, to] = [terms(power.from, tauSeconds.from, modes.from), terms(power.to, tauSeconds.to, modes.to)];
  const change =
    medianChange === null ? '' : `; weights changed by ${fixed(100 * medianChange, 1)} % (median of names)`;
  return [`concave terms: ${from === to ? from : `${from} → ${to}`}${change}`];
}
