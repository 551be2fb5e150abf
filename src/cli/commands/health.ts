import { writeFileSync } from 'node:fs';
import { HEALTH_MEASURES, renderHealth } from '../../report/healthPage.js';
import { healthSeries } from '../../run/versions/health.js';
import type { CommandResult, Session } from '../session.js';
import { fixed, textTable } from '../text.js';

export interface HealthArguments {
  readonly from?: string;
  readonly to?: string;
  /** Where to write the charts. */
  readonly html?: string;
}

/** `xim health`: how the calibrations of a range of dates fared, from their artifacts. */
export function health({ config }: Session, { from, to, html }: HealthArguments): CommandResult {
  const { model, store } = config;
  const points = healthSeries(store, { model, ...(from ? { from } : {}), ...(to ? { to } : {}) });
  if (html !== undefined) writeFileSync(html, renderHealth(model, points));
  const rows = points.map((point) => [
    point.date,
    point.certificate,
    point.gatesFailed.length,
    ...HEALTH_MEASURES.map(({ key }) => fixed(point[key])),
  ]);
  return {
    text: textTable(['date', 'certificate', 'gates failed', ...HEALTH_MEASURES.map(({ label }) => label)], rows),
    json: { model, points },
  };
}
