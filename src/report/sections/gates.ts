import { isFailing } from '../../model/gate.js';
import { pill, table } from '../elements.js';
import { explained } from '../glossary/terms.js';
import { type Markup, range, shown } from '../html.js';
import type { ReportData } from '../reportData.js';

/** What failed, in words. */
export function headline(gates: ReportData['gates']): string {
  const failed = gates.filter(isFailing).map((gate) => gate.name);
  return failed.length === 0
    ? 'All gates pass'
    : `${failed.length} gate${failed.length > 1 ? 's' : ''} failed: ${failed.join(', ')}`;
}

export function gateTable({ gates }: Pick<ReportData, 'gates'>): Markup {
  return table(
    ['gate', 'verdict', 'value', 'bound', '95 % interval', 'meaning'],
    gates.map((gate) => [
      explained(gate.name.replace(/:.*$/, ''), 'gate', gate.name),
      pill(gate.verdict),
      shown(gate.value),
      shown(gate.bound),
      range(gate),
      gate.reason,
    ]),
  );
}
