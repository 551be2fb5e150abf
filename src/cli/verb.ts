import type { Argument, Command, Option } from 'commander';
import { printableLines } from '../model/plainText.js';
import { namesDays } from './options/dates.js';
import { type GivenOptions, SHARED_OPTIONS } from './options/shared.js';
import type { Action, CommandResult, Session } from './session.js';

/**
 * What a verb says about itself, and what it does. Every start of the program reads the declarations of all verbs:
 * their files import what is light, and the rest when the action runs.
 */
export interface Declaration<Arguments> {
  readonly name: string;
  readonly description: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
  /** It must work whatever the configuration says: it gets the defaults. */
  readonly withoutConfig?: boolean;
  /** It looks itself which day `latest` is: it has to go on where there is none. */
  readonly findsDays?: boolean;
  /**
   * It may compute for long: it works on a thread of its own, so that signals are heard at any time. Its options and
   * arguments are plain data.
   */
  readonly computes?: boolean;
  /** Gets options and arguments by their names. */
  readonly action: Action<Arguments>;
}

/** What a verb does in a session. */
export interface Work {
  readonly name: string;
  readonly withoutConfig: boolean;
  readonly computes: boolean;
  /** `given` are options and arguments by their names. */
  readonly act: (session: Session, given: object) => Promise<CommandResult>;
}

/** Runs what was asked for in a session that `options` describe. */
export type Run = (work: Work, options: GivenOptions, given: object) => Promise<void>;

export interface Verb {
  readonly work: Work;
  /** Adds it to the program. */
  readonly declare: (program: Command, run: Run) => void;
}

export function defineVerb<Arguments extends object>(declaration: Declaration<Arguments>): Verb {
  const { name, description, action, withoutConfig = false, findsDays = false, computes = false } = declaration;
  const act = async (session: Session, given: object) => {
    const result = await action(session, (findsDays ? given : await withDates(session, given)) as Arguments);
    return { ...result, text: printableLines(result.text) };
  };
  const work = { name, withoutConfig, computes, act };
  return {
    work,
    declare: (program, run) => {
      const command = program.command(name).description(description).exitOverride();
      for (const argument of declaration.arguments ?? []) command.addArgument(argument);
      for (const option of [...SHARED_OPTIONS, ...(declaration.options ?? [])]) command.addOption(option);
      command.action(() => run(work, command.opts(), { ...command.opts(), ...positional(command) }));
    },
  };
}

/** Days that are named by their place in the data need it to be looked at; what does that is loaded only then. */
async function withDates<T extends object>(session: Session, given: T): Promise<T> {
  if (!namesDays(given)) return given;
  const { withDaysOfData } = await import('./steps/namedDays.js');
  return withDaysOfData(session, given);
}

const positional = ({ registeredArguments, processedArgs }: Command) =>
  Object.fromEntries(registeredArguments.map((argument, i) => [argument.name(), processedArgs[i]]));
