import { writeFileSync } from 'node:fs';
import { Option } from 'commander';
import { rangeOfStoredDates } from '../options/dates.js';
import { fixed, textTable } from '../text.js';
import { defineVerb } from '../verb.js';

interface HealthArguments {
  readonly from?: string;
  readonly to?: string;
  /** Where to write the charts. */
  readonly html?: string;
}

export const verb = defineVerb<HealthArguments>({
  name: 'health',
  description: 'how the calibrations of a range of dates fared',
  options: [...rangeOfStoredDates, new Option('--html <file>', 'write the series as charts')],
  action: async ({ config: { model, store } }, { from, to, html }) => {
    const { healthSeries } = await import('../../run/versions/health.js');
    const { HEALTH_MEASURES, renderHealth } = await import('../../report/healthPage.js');
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
  },
});
