import type { StoredCertificate, StoredWitness } from '../../model/manifest.js';
import { type UnitWords, wordsOf } from '../../model/units.js';
import { spectrumChart } from '../charts/spectrumChart.js';
import { figure, key, NOTHING, table } from '../elements.js';
import { explained } from '../glossary/terms.js';
import { html, inWords, type Markup, percent, shown } from '../html.js';
import type { ConstraintReport, ReportData } from '../reportData.js';

/** What the certificate checked, what the projection did, and what the estimate would have paid for. */
export function certificate(data: ConstraintReport & Pick<ReportData, 'config'>): Markup {
  const { projection, guardrails, spectrum } = data;
  const legend = html`${key('before')}before ${key('after')}after the projection`;
  return html`${[
    html`<p>${projectionSentence(projection)} ${healthSentence(guardrails)}</p>`,
    floored(projection),
    figure(spectrumChart(spectrum.before, spectrum.after), legend),
    checkTable(data.certificate),
    beforeProjection(data.certificateBefore, wordsOf(data)),
  ]}`;
}

function projectionSentence({
  status,
  iterations,
  distance,
  dualityGap,
  metric,
}: ConstraintReport['projection']): string {
  const count = `${iterations} iteration${iterations === 1 ? '' : 's'}`;
  const gap = iterations > 0 ? ` (proved nearest to within ${shown(dualityGap)})` : '';
  const far = `at distance ${shown(distance)} from the estimate${gap}`;
  return `Projection: ${inWords(status)} after ${count}, ${far}, ${metric} metric.`;
}

function healthSentence({ conditionNumber, crossShare, basketNorm }: ConstraintReport['guardrails']): string {
  const share = crossShare === null ? '–' : percent(crossShare, 1);
  return `Condition number ${shown(conditionNumber)}, cross share ${share}, basket norm ${shown(basketNorm, 3)}.`;
}

const floored = ({ floored: symbols }: ConstraintReport['projection']): Markup =>
  symbols.length > 0 ? html`<p>Self impact raised to its floor: ${symbols.join(', ')}.</p>` : NOTHING;

function checkTable({ checks }: StoredCertificate): Markup {
  return table(
    ['check', 'value', 'bound', 'holds'],
    checks.map(({ name, value, bound, sense, passed }) => [
      explained(name, 'check'),
      shown(value),
      `${sense === 'atLeast' ? '≥' : '≤'} ${shown(bound)}`,
      passed ? 'yes' : 'no',
    ]),
  );
}

function beforeProjection({ status, witness }: StoredCertificate, units: UnitWords): Markup {
  if (status !== 'failed') return html`<p>The estimate was admissible before it was projected.</p>`;
  return witness
    ? paidRoundTrip(witness, units)
    : html`<p>The estimate breaks a limit before it is projected, but no paid round trip was found in it.</p>`;
}

/** The round trip that the estimate would have paid for. */
function paidRoundTrip({ gain, gainBps, symbols, trades }: StoredWitness, { move }: UnitWords): Markup {
  const money = `${shown(gain, 3)} units of currency (${shown(gainBps, 3)} ${move} of what is traded)`;
  const sentences = [
    `Before it was projected, the matrix pays ${money} for this round trip, which ends flat.`,
    'Millions bought (+) and sold (−), by bucket:',
  ];
  const heading = html`<h3>What the estimate would have paid for</h3>`;
  return html`${heading}<p>${sentences.join(' ')}</p>${tradesTable({ symbols, trades })}`;
}

/** With more names than this they stand one under the other. */
const MOST_COLUMNS = 12;

function tradesTable({ symbols, trades }: Pick<StoredWitness, 'symbols' | 'trades'>): Markup {
  const cell = (value: number) => shown(value, 3);
  if (symbols.length <= MOST_COLUMNS)
    return table(
      ['bucket', ...symbols],
      trades.map(({ bucket, millions }) => [bucket, ...millions.map(cell)]),
    );
  return table(
    ['name', ...trades.map(({ bucket }) => `in bucket ${bucket}`)],
    symbols.map((symbol, i) => [symbol, ...trades.map(({ millions }) => cell(millions[i]))]),
  );
}
