import { Option } from 'commander';
import { isFailing } from '../../model/gate.js';
import type { BasketClustering } from '../../stages/scorecard/basketPlan.js';
import { type RangeArguments, rangeOf, rangeOptions } from '../options/dates.js';
import { numberWithin } from '../options/parsers.js';
import type { CommandResult, Session } from '../session.js';
import { defineVerb } from '../verb.js';

interface ScorecardArguments extends RangeArguments {
  readonly ref?: string;
  readonly plan?: boolean;
  readonly basketSize?: number;
  readonly icc?: number;
}

export const verb = defineVerb<ScorecardArguments>({
  name: 'scorecard',
  description: 'what parent orders cost, by arm where there are arms; exit 1 when a gate fails',
  options: [
    ...rangeOptions,
    new Option('--ref <ref>', 'version that costs are decomposed by (default: champion, else candidate)'),
    new Option('--plan', 'how many baskets an A/B test needs, by the orders of the dates or without any'),
    new Option('--basket-size <orders>', 'of the plan: orders in a basket, instead of what the orders say').argParser(
      numberWithin('orders in a basket', 1, 1e6),
    ),
    new Option('--icc <share>', 'of the plan: intraclass correlation, instead of what the orders say').argParser(
      numberWithin('an intraclass correlation', 0, 1),
    ),
  ],
  computes: true,
  action: async (session, args) => {
    const { config, effects, lockTimeoutMs, options } = session;
    if (args.plan && !hasDates(args)) return planned(session, args);
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
    if (args.plan) return planned(session, args, report.clustering);
    const { units } = config.align;
    return {
      text: scorecardText(report, units),
      json: { units, ...report },
      exitCode: report.scorecard.gates.some(isFailing) ? 1 : 0,
    };
  },
});

const hasDates = ({ date, from, to }: RangeArguments): boolean => (date ?? from ?? to) !== undefined;

/** What is taken of baskets that nothing is known of. */
const ASSUMED = { size: 10, icc: 0.1 };

async function planned(
  { config }: Session,
  { basketSize, icc }: ScorecardArguments,
  measured?: BasketClustering,
): Promise<CommandResult> {
  const { basketPlan } = await import('../../stages/scorecard/basketPlan.js');
  const { planText } = await import('../steps/planText.js');
  const size = basketSize ?? measured?.size ?? ASSUMED.size;
  const plan = basketPlan({ size, met: basketSize ?? measured?.met ?? size, icc: icc ?? measured?.icc ?? ASSUMED.icc });
  const said = (given: number | undefined) => (given !== undefined ? 'given' : measured ? 'measured' : 'assumed');
  const source = {
    size: said(basketSize),
    icc: said(icc),
    ...(measured ? { baskets: measured.baskets } : {}),
  };
  const of = measured ? ` on ${measured.baskets} baskets` : '';
  const words = `m ${source.size}, ICC ${source.icc}${of}`;
  return {
    text: planText(plan, words, config.validate.gates.q95_improvement),
    json: { plan, source, gatePassesAtItsBound: 0.05 },
  };
}
