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
  /** Gets options and arguments by their names. */
  readonly action: Action<Arguments>;
}

/** What a verb does in a session. */
export interface Work {
  readonly withoutConfig: boolean;
  readonly act: (session: Session) => Promise<CommandResult> | CommandResult;
}

/** Runs what was asked for in a session that `options` describe. */
export type Run = (options: GivenOptions, work: Work) => Promise<void>;

/** Adds a verb to the program. */
export type Verb = (program: Command, run: Run) => void;

export function defineVerb<Arguments extends object>(declaration: Declaration<Arguments>): Verb {
  const { name, description, action, withoutConfig = false, findsDays = false } = declaration;
  return (program, run) => {
    const command = program.command(name).description(description).exitOverride();
    for (const argument of declaration.arguments ?? []) command.addArgument(argument);
    for (const option of [...SHARED_OPTIONS, ...(declaration.options ?? [])]) command.addOption(option);
    command.action(() => {
      const given = { ...command.opts<Arguments>(), ...positional(command) };
      return run(command.opts(), {
        withoutConfig,
        act: async (session) => {
          const result = await action(session, findsDays ? given : await withDates(session, given));
          return { ...result, text: printableLines(result.text) };
        },
      });
    });
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
