import type { Config } from '../../config/schema.js';
import type { GateRules } from '../../stages/validate/gates.js';

/** What the gates of a promotion go by, as configured. */
export const gateRules = ({ guardrails, validate: { gates } }: Config): GateRules => ({
  conditionCap: guardrails.condition_cap,
  crossShareCap: guardrails.cross_share_cap,
  basketCap: guardrails.basket_cap,
  identification: gates.identification,
  crossGainMargin: gates.cross_gain_margin,
  accepted: gates.accept,
});
