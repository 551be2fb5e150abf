import type { FlowTransform } from '../../src/model/flowTransform.js';

/** Flow as it is: neither concave nor measured against the depth of the book. */
export const LINEAR_FLOW: FlowTransform = { concavity: 1, liquidity: 0 };
