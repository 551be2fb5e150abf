import { wordsOf } from '../../model/units.js';
import { heatMap } from '../charts/heatMap.js';
import { figure, NOTHING, table } from '../elements.js';
import { html, type Markup, percent, shown } from '../html.js';
import type { ReportData } from '../reportData.js';

export function names({ names: all, factors, config }: ReportData): Markup {
  const { move, perMillion } = wordsOf({ config });
  const own = [`self impact, ${perMillion}`, 'standard error', `residual vol, ${move}`];
  const shares = ['factor R²', 'flow–factor R²', 'missing moves'];
  const rows = all.map((name) => [
    name.symbol,
    name.block,
    shown(name.selfImpact),
    shown(name.selfImpactError, 2),
    shown(name.residualVolBps, 3),
    percent(name.factorR2, 1),
    percent(name.flowFactorR2, 1),
    percent(name.missingShare),
  ]);
  return html`${table(['name', 'block', ...own, ...shares], rows)}<p class="soft">${factors.note}</p>`;
}

/** What was read, what was set aside, and whose clock runs ahead. */
export function dataQuality({ dataQuality: days, leadLag, leadLagMap }: ReportData): Markup {
  const rows = days.map((d) => [d.date, d.dataset, d.rows, d.used, quarantineText(d.quarantined)]);
  return html`${[
    table(['date', 'dataset', 'rows', 'used', 'quarantined'], rows),
    leadLagTable(leadLag),
    leadLagFigure(leadLagMap),
  ]}`;
}

const quarantineText = (quarantined: Readonly<Record<string, number>>): string =>
  Object.entries(quarantined)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ') || 'none';

function leadLagTable(pairs: ReportData['leadLag']): Markup {
  if (pairs.length === 0) return NOTHING;
  const rows = pairs.map((l) => [l.leader, l.follower, l.lagMs, shown(l.correlation, 3), shown(l.atZero, 3)]);
  const headers = ['first', 'second', 'lag, ms', 'largest correlation', 'at lag 0'];
  return html`<h3>Lead–lag on the last day</h3>${table(headers, rows)}`;
}

const LEADS_EXPLAINED =
  'Who moves first: blue where the row moves before the column, red where it follows. Shades are by how much their correlation ' +
  'at the lag exceeds that at none; pairs that move together are white.';

function leadLagFigure(map: ReportData['leadLagMap']): Markup {
  if (!map) return NOTHING;
  // A white square would say less.
  if (map.lagMs.every((row) => row.every((lag) => lag === 0)))
    return html`<p>Of ${map.symbols.length} names none leads another on the last day: their moves correlate most at no lag.</p>`;
  const { symbols, lagMs, excess } = map;
  const says = (i: number, j: number) => leadWords([symbols[i], symbols[j]], lagMs[i][j], excess[i][j]);
  return html`<div class="one">${figure(heatMap('Lead–lag', symbols, excess, { says }), LEADS_EXPLAINED)}</div>`;
}

function leadWords([row, column]: readonly [string, string], lag: number, excess: number): string {
  if (row === column) return row;
  if (lag === 0) return `${row} and ${column} move together`;
  const [first, second] = lag > 0 ? [row, column] : [column, row];
  return `${first} moves ${Math.abs(lag)} ms before ${second}: correlation ${shown(Math.abs(excess), 3)} beyond that at no lag`;
}
