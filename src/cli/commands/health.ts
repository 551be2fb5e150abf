import { writeFileSync } from 'node:fs';
import { Option } from 'commander';
import type { HealthRule } from '../../run/versions/healthAlerts.js';
import { rangeOfStoredDates } from '../options/dates.js';
import { numberWithin } from '../options/parsers.js';
import type { CommandResult } from '../session.js';
import { fixed, textTable } from '../text.js';
import { defineVerb } from '../verb.js';

interface HealthArguments {
  readonly from?: string;
  readonly to?: string;
  /** Where to write the charts. */
  readonly html?: string;
  readonly alert?: boolean;
  readonly maxAge: number;
}

const MOST_DAYS = 10_000;

export const verb = defineVerb<HealthArguments>({
  name: 'health',
  description: 'how the calibrations of a range of dates fared',
  options: [
    ...rangeOfStoredDates,
    new Option('--html <file>', 'write the series as charts'),
    new Option('--alert', 'judge the newest calibration and the champion by rules; exit 1 when one is broken'),
    new Option('--max-age <days>', 'days of the data that may follow the champion, with --alert')
      .argParser(numberWithin('a number of days', 0, MOST_DAYS))
      .default(5),
  ],
  action: async ({ config }, { from, to, html, alert, maxAge }) => {
    const { model, store } = config;
    const { healthSeries } = await import('../../run/versions/health.js');
    const { HEALTH_MEASURES, renderHealth } = await import('../../report/healthPage.js');
    const points = healthSeries(store, { model, ...(from ? { from } : {}), ...(to ? { to } : {}) });
    if (html !== undefined) writeFileSync(html, renderHealth(model, points));
    if (alert) {
      const { judgeHealth } = await import('../../run/versions/healthAlerts.js');
      const { healthFacts } = await import('../steps/healthFacts.js');
      return alerts(model, judgeHealth(healthFacts(config, points), { maxAgeDays: maxAge }));
    }
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

function alerts(model: string, rules: readonly HealthRule[]): CommandResult {
  const broken = rules.filter(({ verdict }) => verdict === 'alert');
  const rows = rules.map(({ rule, verdict, found, allowed }) => [rule, verdict, found, allowed]);
  return {
    text: [
      textTable(['rule', 'verdict', 'found', 'allowed'], rows),
      '',
      ...broken.map(({ rule, remedy }) => `${rule}: ${remedy}`),
      broken.length > 0 ? `${broken.length} of ${rules.length} rules are broken` : 'no rule is broken',
    ].join('\n'),
    json: { model, rules },
    exitCode: broken.length > 0 ? 1 : 0,
  };
}
