import { Option } from 'commander';
import { isFailing } from '../../model/gate.js';
import { type RangeArguments, rangeOf, rangeOptions } from '../options/dates.js';
import { defineVerb } from '../verb.js';

interface ScorecardArguments extends RangeArguments {
  readonly ref?: string;
}

export const verb = defineVerb<ScorecardArguments>({
  name: 'scorecard',
  description: 'what parent orders cost, by arm where there are arms; exit 1 when a gate fails',
  options: [
    ...rangeOptions,
    new Option('--ref <ref>', 'version that costs are decomposed by (default: champion, else candidate)'),
  ],
  action: async ({ config, effects, lockTimeoutMs, options }, args) => {
    const { from, to } = rangeOf(args);
    const { judgingVersion } = await import('../../run/orders/priceModel.js');
    const { judgeOf, scorecardDates, scoreDates } = await import('../../run/orders/scorecardDates.js');
    const version = judgingVersion(config.store, args.ref);
    const dates = scorecardDates(config, from, to);
    if (options.dryRun)
      return {
        text: `would score the parents of ${dates.join(', ')} by ${version?.folder ?? 'no version'}`,
        json: { dates, version: version?.folder ?? null },
      };
    const { collectInputs } = await import('../../run/window/inputs.js');
    const { alignContext, withEngine, withLock } = await import('../../run/pipeline.js');
    const { scorecardText } = await import('../steps/scorecardText.js');
    const inputs = await collectInputs(config, dates);
    const report = await withLock(config, lockTimeoutMs, effects, () =>
      withEngine(config, effects, async (engine) => {
        const context = await alignContext(config, inputs, engine, effects);
        return scoreDates(context, version && judgeOf(config, version, context.names), effects.stage);
      }),
    );
    const { units } = config.align;
    return {
      text: scorecardText(report, units),
      json: { units, ...report },
      exitCode: report.scorecard.gates.some(isFailing) ? 1 : 0,
    };
  },
});
