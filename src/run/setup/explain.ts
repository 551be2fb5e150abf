import { editDistance } from '../../config/resolve.js';
import { FAILURE_MODES } from '../../model/diagnosis.js';
import { XimError } from '../../model/failure.js';
import { GUARDRAILS } from '../../model/guardrails.js';
import { CHECK_WORDS } from '../../model/words/checks.js';
import { GATE_WORDS } from '../../model/words/gates.js';
import { GLOSSARY } from '../../model/words/glossary.js';
import { DIAGNOSTIC_WORDS, GUARDRAIL_WORDS, LEVEL_WORDS } from '../../model/words/modes.js';
import { VERDICT_WORDS } from '../../model/words/verdicts.js';
import { REMEDIES } from '../../stages/diagnose/diagnosis.js';
import { DEMANDS } from '../../stages/guardrails/levels.js';
import { ISSUES } from '../../stages/scorecard/issues.js';
import { EXIT_CODE_WORDS } from './words/exitCodes.js';
import { QUARANTINE_WORDS } from './words/quarantine.js';

/** A word that the program uses, and what it means. */
export interface Explanation {
  readonly word: string;
  readonly kind: string;
  readonly text: string;
}

const of = (kind: string, words: Readonly<Record<string, string>>): Explanation[] =>
  Object.entries(words).map(([word, text]) => ({ word, kind, text }));

/** All that can be asked about, by kind. */
export const EXPLANATIONS: readonly Explanation[] = [
  ...of('exit code', EXIT_CODE_WORDS),
  ...of('gate', GATE_WORDS),
  ...Object.entries(VERDICT_WORDS).flatMap(([kind, words]) => of(kind, words)),
  ...of('check of the certificate', CHECK_WORDS),
  ...FAILURE_MODES.map((mode) => ({
    word: mode,
    kind: 'diagnostic',
    text: `${DIAGNOSTIC_WORDS[mode]} Remedy: ${REMEDIES[mode]}.`,
  })),
  ...GUARDRAILS.map((guardrail) => ({
    word: guardrail,
    kind: 'guardrail',
    text: `${GUARDRAIL_WORDS[guardrail]} A live system then prices with “${DEMANDS[guardrail]}” at most.`,
  })),
  ...of('level', LEVEL_WORDS),
  ...of('quarantine reason', QUARANTINE_WORDS),
  ...of('issue of orders', ISSUES),
  ...of('word', GLOSSARY),
];

/**
 * Everything that a word stands for, however it is written: `bad tick`, `bad_tick` and `BadTick` are one.
 * @throws XimError `usage` naming the nearest known word.
 */
export function explain(asked: string): Explanation[] {
  // Gates of several treatments carry the name of theirs after a colon.
  const wanted = plain(asked.replace(/:.*$/, '').replace(/^exit( code)?\s+/i, ''));
  const found = EXPLANATIONS.filter(({ word }) => plain(word) === wanted);
  if (found.length > 0) return found;
  throw new XimError(
    'usage',
    `nothing is known as ${JSON.stringify(asked)}`,
    `did you mean "${nearest(wanted)}"? "xim explain" alone lists every word`,
  );
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** A word that begins or ends alike is nearer than one of the same length. */
function nearest(wanted: string): string {
  const distance = ({ word }: Explanation) => {
    const own = plain(word);
    const within = wanted.length >= 3 && (own.includes(wanted) || (own.length >= 3 && wanted.includes(own)));
    return within ? 0.5 : editDistance(wanted, own) / Math.max(wanted.length, own.length, 1) + 0.5;
  };
  return EXPLANATIONS.reduce((best, entry) => (distance(entry) < distance(best) ? entry : best)).word;
}
