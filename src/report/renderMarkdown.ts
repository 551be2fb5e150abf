import { printable } from '../model/plainText.js';
import { wasReplayed } from '../model/scheduleReplay.js';
import { wordsOf } from '../model/units.js';
import { answersOf, QUESTIONS } from './answers.js';
import { familyCells, familyHeaders, telling } from './familyRows.js';
import { shown } from './html.js';
import type { ReportFamily } from './impactData.js';
import { REPLAY_HEADERS, replayCells, replaySentences } from './replayWords.js';
import type { ReportData } from './reportData.js';

/** The report for terminals, mails and merge requests. */
export function renderMarkdown(data: ReportData): string {
  const lines = [
    `# ${markdownText(data.model)}, ${data.asof}`,
    '',
    `**${markdownText(data.verdict.headline)}.** ${markdownText(data.verdict.sentence)}. Certificate: ${data.certificate.status}.`,
    '',
    ...answerLines(data),
    '',
    ...markdownTable(
      ['gate', 'verdict', 'value', 'bound', 'meaning'],
      data.gates.map((g) => [g.name, g.verdict, shown(g.value), shown(g.bound), g.reason]),
    ),
    '',
    ...diagnosisLines(data),
    ...replayLines(data),
    ...scoreLines(data),
    ...shapeLines(data),
    ...markdownTable(
      ['time constant', 'weight'],
      data.kernel.tauSeconds.map((tau, p) => [String(tau), shown(data.kernel.weights[p], 3)]),
    ),
    '',
    ...(data.kernel.why === undefined ? [] : [markdownText(data.kernel.why), '']),
    ...data.notes.map((note) => `- ${markdownText(note)}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** A question and its answer a paragraph: what a mail or a chat shows of the page. */
function answerLines(data: ReportData): string[] {
  const units = wordsOf(data);
  const { trade, costs, change, links, worries } = answersOf(data, units);
  const asked = (question: string, answer: string) => [`**${question}** ${markdownText(answer)}.`, ''];
  const rows = costs.rows.map(({ basket, time, cost, interval, alone }) => [basket, time, cost, interval, alone]);
  const pairs = links.map(({ bought, moved, impact, interval }) => [`${bought} ↔ ${moved}`, impact, interval]);
  return [
    ...asked(QUESTIONS.trade, trade.lines.join('. ')),
    ...asked(QUESTIONS.costs, costs.missed ?? 'what baskets of one million cost'),
    ...(rows.length > 0
      ? [...markdownTable(['one million of', 'over', `costs, ${units.move}`, '90 %', 'single names'], rows), '']
      : []),
    ...asked(
      QUESTIONS.links,
      pairs.length > 0 ? `buying one million of either moves the other, ${units.move}` : 'no name is linked',
    ),
    ...(pairs.length > 0 ? [...markdownTable(['pair', 'impact', '90 %'], pairs), ''] : []),
    ...asked(QUESTIONS.change, change.line),
    ...asked(
      QUESTIONS.worries,
      worries.length > 0
        ? worries.map(({ what, remedy }) => `${what}: ${remedy}`).join('; ')
        : 'nothing: no gate failed and no diagnostic is red',
    ),
  ];
}

function diagnosisLines({ diagnoses }: ReportData): string[] {
  if (diagnoses.length === 0) return [];
  const rows = diagnoses.map((d) => [d.mode, d.verdict, d.evidence, d.verdict === 'red' ? d.remedy : '']);
  return [...markdownTable(['failure mode', 'verdict', 'evidence', 'remedy'], rows), ''];
}

function replayLines({ scheduleReplay: outcome, config }: ReportData): string[] {
  if (!outcome) return [];
  const sentences = replaySentences(outcome, wordsOf({ config })).map(markdownText);
  const heading = '**Would cross-aware scheduling have paid?**';
  if (!wasReplayed(outcome)) return [`${heading} ${sentences.join(' ')}`, ''];
  const rows = outcome.comparisons.map(replayCells);
  return [`${heading} ${sentences.join(' ')}`, '', ...markdownTable(REPLAY_HEADERS, rows), ''];
}

function scoreLines({ scores, names }: ReportData): string[] {
  if (!scores) return [];
  const models = ['diagonal', 'block', 'fitted'];
  const rows = names.map((name, i) => [name.symbol, ...models.map((m) => shown(scores.perName[m][i], 3))]);
  return [
    ...markdownTable(
      ['out-of-sample R²', ...models],
      [...rows, ['pooled', ...models.map((m) => shown(scores.pooled[m], 3))]],
    ),
    '',
  ];
}

function shapeLines({ families }: ReportData): string[] {
  if (!families) return [];
  const rows = telling(families).map((score) => [...familyCells(score), markOf(score)]);
  const sentence = `**Shape of impact.** ${markdownText(families.sentence)}`;
  return rows.length > 0
    ? [sentence, '', ...markdownTable([...familyHeaders(families), 'verdict'], rows), '']
    : [sentence, ''];
}

const markOf = ({ isChosen, shape }: ReportFamily): string =>
  isChosen ? 'chosen' : shape.kind === 'before' ? 'withheld' : '';

/** A table whose cells cannot open markup. */
export function markdownTable(headers: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`;
  return [row(headers), row(headers.map(() => '---')), ...rows.map(row)];
}

/** Nothing in a symbol or note may open markup or a cell, or end the line. */
export const markdownText = (value: string): string =>
  printable(value).replace(/[\\`*_{}[\]<>#|]/g, (character) => `\\${character}`);
