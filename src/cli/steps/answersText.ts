import { printable } from '../../model/plainText.js';
import { moveUnitOf, wordsOf } from '../../model/units.js';
import { answersOf, type LinkRow, QUESTIONS } from '../../report/answers.js';
import { changeText } from '../../report/comparison.js';
import { shown } from '../../report/html.js';
import { storedReport } from '../../run/versions/storedReport.js';
import { aliasedVersion, type StoredVersion } from '../../store/store.js';

/** Links that fit into few lines, and the width of a terminal. */
const SHOWN_LINKS = 6;
const WIDTH = 80;
/** What is indented under a question. */
const INDENT = '  ';

/** The five answers of a version in the lines of a terminal, from its manifest and its report; none of a matrix without data. */
export async function answerLines(store: string, version: StoredVersion): Promise<string[]> {
  const { manifest } = version;
  const report = storedReport(store, version);
  const { referenceOrders } = manifest.metrics;
  if (!report?.links || !referenceOrders) return [];
  const units = wordsOf(manifest);
  const { trade, costs, change, links, worries } = answersOf(
    {
      ...{ gates: manifest.gates, verdict: manifest.verdict, certificate: manifest.certificate, referenceOrders },
      ...{ links: report.links, sinceChampion: report.sinceChampion ?? null, diagnoses: report.diagnoses ?? [] },
    },
    units,
  );
  const rows = costs.rows.map(({ basket, time, cost, interval, alone }) =>
    [basket.padEnd(16), time.padStart(6), cost.padStart(8), interval.padEnd(16), `single names ${alone}`].join('  '),
  );
  const isFine = worries.length === 0;
  return [
    QUESTIONS.trade,
    ...trade.lines.flatMap(wrapped),
    `${QUESTIONS.costs} One million, ${units.ofOrder}, 90 %`,
    ...rows.map((row) => INDENT + row),
    ...(costs.missed ? wrapped(costs.missed) : []),
    `${QUESTIONS.links} Buying one million of either moves the other by ${units.move}, 90 %`,
    ...linkLines(links.slice(0, SHOWN_LINKS)),
    ...beside(QUESTIONS.change, await sinceChampion(store, version, change.line)),
    ...(isFine ? beside(QUESTIONS.worries, 'nothing: no gate failed, no diagnostic is red') : [QUESTIONS.worries]),
    ...worries.flatMap(({ what, remedy }) => wrapped(`${what}: ${remedy}`)),
  ];
}

/** Beside the champion of the store as it is now; `otherwise` is what the version knows of the champion that it was drawn to. */
async function sinceChampion(store: string, version: StoredVersion, otherwise: string): Promise<string> {
  const champion = aliasedVersion(store, 'champion');
  if (!champion) return 'none is promoted';
  if (champion.id === version.id) return 'nothing: this is the champion';
  if (moveUnitOf(champion.manifest.config) !== moveUnitOf(version.manifest.config)) return otherwise;
  const { compareVersions } = await import('../../run/versions/compareVersions.js');
  const { baskets, links } = compareVersions(store, champion, version);
  // None moved of none compared is no news that nothing changed.
  if (links.compared === 0)
    return `not comparable with ${champion.folder}: no entry of K has an error in both; see xim compare champion ${version.folder}`;
  const last = baskets.at(-1)?.seconds;
  const costs = baskets
    .filter(({ seconds }) => seconds === last)
    .map(({ basket, from, to }) => `${basket} ${changeText(from.value, to.value)}`);
  const [largest] = links.largest;
  const link = largest
    ? `, ${largest.row} ↔ ${largest.column} most: ${shown(largest.from, 3)} → ${shown(largest.to, 3)}`
    : '';
  return `${champion.folder}: ${[...costs, `${links.moved} of ${links.compared} entries beyond their errors`].join(', ')}${link}`;
}

/** Two to a line, in columns. */
function linkLines(links: readonly LinkRow[]): string[] {
  const texts = links.map(({ bought, moved, impact, interval }) =>
    printable(`${bought} ↔ ${moved} ${impact}${interval === '' ? '' : ` (${interval})`}`),
  );
  const width = Math.max(0, ...texts.map((text) => text.length));
  if (2 * width + 2 * INDENT.length > WIDTH) return texts.map((text) => INDENT + text);
  return texts.flatMap((text, k) =>
    k % 2 === 0 ? [`${INDENT}${[text.padEnd(width), texts[k + 1] ?? ''].join(INDENT)}`.trimEnd()] : [],
  );
}

/** An answer on the line of its question, where there is room. */
const beside = (question: string, answer: string): string[] =>
  question.length + INDENT.length + answer.length <= WIDTH
    ? [question + INDENT + printable(answer)]
    : [question, ...wrapped(answer)];

/** A text in lines that a terminal has room for, indented; words are never broken. */
export function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of printable(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(INDENT + word);
  }
  return lines;
}
