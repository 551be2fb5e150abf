import { Argument, type Command } from 'commander';
import { defineVerb, type Verb } from '../verb.js';

interface CompletionArguments {
  readonly shell: 'bash' | 'zsh' | 'fish';
}

/** It describes the program that it is a verb of. */
const verbOf = (program?: Command): Verb =>
  defineVerb<CompletionArguments>({
    name: 'completion',
    description: 'a script that completes commands, options and keys in a shell',
    arguments: [new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish'])],
    withoutConfig: true,
    action: async (_session, { shell }) => {
      const { describeProgram } = await import('../steps/completion/described.js');
      const { bashScript } = await import('../steps/completion/bash.js');
      const { zshScript } = await import('../steps/completion/zsh.js');
      const { fishScript } = await import('../steps/completion/fish.js');
      const { settableKeys } = await import('../../config/keys.js');
      const { EXPLANATIONS } = await import('../../run/setup/explain.js');
      const words = EXPLANATIONS.map(({ word }) => word).filter((word) => /^[\w-]+$/.test(word));
      const script = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](
        describeProgram(program!, [...new Set(words)]),
        settableKeys(),
      );
      return { text: script, json: { shell, script } };
    },
  });

export const verb: Verb = { ...verbOf(), declare: (program, run) => verbOf(program).declare(program, run) };
