import type { Config } from '../../config/schema.js';
import type { Limits } from '../../stages/constrain/projectModel.js';

/** The constraints as configured. */
export function limitsOf({ constrain: { rho, metric, condition_cap }, align: { units } }: Config): Limits {
  return { rho, metric, units, ...(condition_cap === 'none' ? {} : { conditionCap: condition_cap }) };
}
