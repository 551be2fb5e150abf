import type { Argument, Command, Option } from 'commander';

/** What can follow an option, or stand in place of an argument. */
export type Hint =
  | { readonly kind: 'file' | 'folder' | 'setting' | 'nothing' }
  | { readonly kind: 'words'; readonly words: readonly string[] };

export interface DescribedOption {
  /** `-q` and `--quiet`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Absent for a switch. */
  readonly value?: Hint;
}

export interface DescribedVerb {
  readonly name: string;
  readonly description: string;
  readonly options: readonly DescribedOption[];
  readonly arguments: readonly Hint[];
}

export interface DescribedProgram {
  readonly name: string;
  readonly verbs: readonly DescribedVerb[];
  /** Options of every verb, by flag: a flag means the same wherever it is. */
  readonly options: ReadonlyMap<string, DescribedOption>;
}

/** A reference to a version may be one of these without looking into a store. */
const ALIASES = ['candidate', 'champion'];
const REFERENCES = new Set(['ref', 'a', 'b']);

/** The command line as completions need it; `words` are what `explain` knows. */
export function describeProgram(program: Command, words: readonly string[]): DescribedProgram {
  const verbs = program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: [...command.options.map(describeOption), HELP],
    arguments: command.registeredArguments.map((argument) => describeArgument(argument, words)),
  }));
  const options = new Map<string, DescribedOption>();
  for (const verb of verbs)
    for (const option of verb.options)
      for (const flag of option.flags) if (!options.has(flag)) options.set(flag, option);
  return { name: program.name(), verbs, options };
}

const HELP: DescribedOption = { flags: ['-h', '--help'], description: 'how to use it' };

function describeOption(option: Option): DescribedOption {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined);
  const { description } = option;
  if (!option.required && !option.optional) return { flags, description };
  return { flags, description, value: option.argChoices ? words(option.argChoices) : placeholderHint(option.flags) };
}

/** `<file>` and its like say what an option takes; `--ref <ref>` takes what an argument of that name does. */
function placeholderHint(flags: string): Hint {
  const placeholder = /[<[]([^>\]]*)[>\]]/.exec(flags)?.[1] ?? '';
  if (placeholder === 'file' || placeholder === 'folder') return { kind: placeholder };
  if (placeholder === 'key=value') return { kind: 'setting' };
  return REFERENCES.has(placeholder) ? words(ALIASES) : { kind: 'nothing' };
}

function describeArgument(argument: Argument, explained: readonly string[]): Hint {
  const name = argument.name();
  if (argument.argChoices) return words(argument.argChoices);
  if (REFERENCES.has(name)) return words(ALIASES);
  if (name === 'word') return words(explained);
  return name === 'file' || name === 'folder' ? { kind: name } : { kind: 'nothing' };
}

const words = (list: readonly string[]): Hint => ({ kind: 'words', words: list });
