import type { Config } from '../../config/schema.js';
import type { BasketCap } from '../../model/guardrails.js';
import type { GateRules } from '../../stages/validate/gates.js';

/**
 * What the gates of a promotion go by, as configured.
 * @param auto what `guardrails.basket_cap: auto` makes of the matrix at hand
 */
export const gateRules = ({ guardrails, validate: { gates } }: Config, auto: BasketCap): GateRules => ({
  conditionCap: guardrails.condition_cap,
  crossShareCap: guardrails.cross_share_cap,
  basketCap: guardrails.basket_cap === 'auto' ? auto : guardrails.basket_cap,
  identification: gates.identification,
  crossGainMargin: gates.cross_gain_margin,
  accepted: gates.accept,
});
