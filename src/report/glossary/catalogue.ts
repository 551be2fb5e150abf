import { FAILURE_MODES } from '../../model/diagnosis.js';
import { GUARDRAILS, LEVELS } from '../../model/guardrails.js';
import { CHECK_WORDS } from '../../model/words/checks.js';
import { GATE_WORDS } from '../../model/words/gates.js';
import { GLOSSARY } from '../../model/words/glossary.js';
import { DIAGNOSTIC_WORDS, GUARDRAIL_WORDS, LEVEL_WORDS } from '../../model/words/modes.js';
import { VERDICT_WORDS } from '../../model/words/verdicts.js';

/** A word that a page may explain: those of `xim explain`, so that there is one text for each. */
export interface Entry {
  readonly word: string;
  /** `gate`, `diagnostic` and so on; nothing for the words of the field. */
  readonly kind: string;
  readonly text: string;
}

/** What tells words apart that are written alike: `gate certificate` is not `certificate`. */
export type Kind = 'gate' | 'check' | 'diagnostic' | 'guardrail' | 'level' | 'verdict' | '';

const KINDS: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  '': GLOSSARY,
  gate: GATE_WORDS,
  check: CHECK_WORDS,
  diagnostic: byName(FAILURE_MODES, DIAGNOSTIC_WORDS),
  guardrail: byName(GUARDRAILS, GUARDRAIL_WORDS),
  level: byName(LEVELS, LEVEL_WORDS),
  verdict: Object.assign({}, ...Object.values(VERDICT_WORDS)),
};

function byName<Name extends string>(names: readonly Name[], words: Readonly<Record<Name, string>>) {
  return Object.fromEntries(names.map((name) => [name, words[name]]));
}

/** By the id that its entry has on a page. */
export const CATALOGUE: ReadonlyMap<string, Entry> = new Map(
  Object.entries(KINDS).flatMap(([kind, words]) =>
    Object.entries(words).map(([word, text]) => [idOf(word, kind as Kind), { word, kind, text }]),
  ),
);

/** Letters of other alphabets stay: `R²` and `r` are two. */
export function idOf(word: string, kind: Kind = ''): string {
  const slug = `${kind} ${word}`
    .trim()
    .replaceAll('²', '2')
    .replaceAll(/[^\p{L}\p{N}_]+/gu, '-');
  return `term-${slug}`;
}
