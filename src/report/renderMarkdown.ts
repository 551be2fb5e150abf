import { shown } from './html.js';
import type { ReportData } from './reportData.js';

/** The report for terminals, mails and merge requests. */
export function renderMarkdown(data: ReportData): string {
  const failed = data.gates.filter((gate) => gate.verdict === 'failed').map((gate) => gate.name);
  const lines = [
    `# ${text(data.model)}, ${data.asof}`,
    '',
    `**${failed.length === 0 ? 'All gates pass' : `Failed: ${failed.join(', ')}`}.** ${data.verdict.crossImpact}. Certificate: ${data.certificate.status}.`,
    '',
    ...table(
      ['gate', 'verdict', 'value', 'bound', 'meaning'],
      data.gates.map((g) => [g.name, g.verdict, shown(g.value), shown(g.bound), g.reason]),
    ),
    '',
    ...scoreLines(data),
    ...table(
      ['time constant', 'weight'],
      data.kernel.tauSeconds.map((tau, p) => [String(tau), shown(data.kernel.weights[p], 3)]),
    ),
    '',
    ...data.notes.map((note) => `- ${text(note)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function scoreLines({ scores, names }: ReportData): string[] {
  if (!scores) return [];
  const models = ['diagonal', 'block', 'fitted'];
  const rows = names.map((name, i) => [name.symbol, ...models.map((m) => shown(scores.perName[m][i], 3))]);
  return [
    ...table(['out-of-sample R²', ...models], [...rows, ['pooled', ...models.map((m) => shown(scores.pooled[m], 3))]]),
    '',
  ];
}

function table(headers: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]) => `| ${cells.map(text).join(' | ')} |`;
  return [row(headers), row(headers.map(() => '---')), ...rows.map(row)];
}

/** Nothing in a symbol or note may open markup or a cell. */
const text = (value: string): string => value.replace(/[\\`*_{}[\]<>#|]/g, (character) => `\\${character}`);
