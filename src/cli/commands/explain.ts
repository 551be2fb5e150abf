import { Argument } from 'commander';
import type { CommandResult } from '../session.js';
import { defineVerb } from '../verb.js';

interface ExplainArguments {
  readonly word: readonly string[];
}

export const verb = defineVerb<ExplainArguments>({
  name: 'explain',
  description: 'what a gate, verdict, diagnostic, guardrail, quarantine reason, exit code or word means',
  arguments: [new Argument('[word...]', 'as the program writes it; all of them are listed by default')],
  withoutConfig: true,
  action: async (_session, { word }) => {
    const { explain, EXPLANATIONS } = await import('../../run/setup/explain.js');
    if (word === undefined || word.length === 0) return listOf(EXPLANATIONS);
    const found = explain(word.join(' '));
    return {
      text: found.map(({ word: own, kind, text }) => `${own} (${kind})\n${wrapped(text)}`).join('\n\n'),
      json: { explanations: found },
    };
  },
});

function listOf(all: readonly { readonly word: string; readonly kind: string }[]): CommandResult {
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  const words = (kind: string) => all.filter((entry) => entry.kind === kind).map(({ word }) => word);
  return {
    text: kinds.map((kind) => `${kind}:\n${wrapped(words(kind).join(', '))}`).join('\n'),
    json: { words: Object.fromEntries(kinds.map((kind) => [kind, words(kind)])) },
  };
}

const WIDTH = 96;

/** Lines of at most {@link WIDTH} characters, indented by two. */
function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== '' && last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map((line) => `  ${line}`).join('\n');
}
