import type { SettableKey } from '../../../config/keys.js';
import type { DescribedProgram, DescribedVerb, Hint } from './described.js';

/** A completion for fish. */
export function fishScript(program: DescribedProgram, keys: readonly SettableKey[]): string {
  const { name, verbs } = program;
  const lines = verbs.flatMap((verb) => [
    `complete -c ${name} -n __fish_use_subcommand -a ${verb.name} -d ${quoted(verb.description)}`,
    ...optionLines(name, verb, keys),
    ...(verb.arguments.length > 0 ? argumentLine(name, verb, verb.arguments[0]) : []),
  ]);
  return [
    `# Completion of ${name} for fish: ${name} completion fish | source`,
    `complete -c ${name} -f`,
    ...lines,
  ].join('\n');
}

function optionLines(name: string, verb: DescribedVerb, keys: readonly SettableKey[]): string[] {
  return verb.options.map(({ flags, description, value }) => {
    const written = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
    const takes = value ? ` ${taken(value, keys)}` : '';
    return `complete -c ${name} -n ${condition(verb)} ${written.join(' ')}${takes} -d ${quoted(description)}`;
  });
}

function taken(value: Hint, keys: readonly SettableKey[]): string {
  switch (value.kind) {
    case 'file':
      return '-r -F';
    case 'folder':
      return "-x -a '(__fish_complete_directories)'";
    case 'setting':
      return `-x -a ${quoted(keys.flatMap(settings).join(' '))}`;
    case 'words':
      return `-x -a ${quoted(value.words.join(' '))}`;
    case 'nothing':
      return '-x';
  }
}

const settings = ({ key, values }: SettableKey): string[] =>
  values.length > 0 ? values.map((value) => `${key}=${value}`) : [`${key}=`];

function argumentLine(name: string, verb: DescribedVerb, hint: Hint): string[] {
  const start = `complete -c ${name} -n ${condition(verb)}`;
  if (hint.kind === 'words') return [`${start} -a ${quoted(hint.words.join(' '))}`];
  if (hint.kind === 'folder') return [`${start} -a '(__fish_complete_directories)'`];
  return hint.kind === 'file' ? [`${start} -F`] : [];
}

const condition = (verb: DescribedVerb): string => quoted(`__fish_seen_subcommand_from ${verb.name}`);
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
