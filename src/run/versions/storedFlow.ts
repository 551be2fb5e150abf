import type { StoredImpact } from '../../io/impactArrow.js';
import { XimError } from '../../model/failure.js';
import type { FlowTransform } from '../../model/flowTransform.js';
import type { Manifest } from '../../model/manifest.js';

/** How flow enters a stored model. @throws XimError `corrupt` when it is scaled by a depth that the version does not hold. */
export function storedFlow({ kernel }: Manifest, { columns }: StoredImpact): FlowTransform {
  const { concavity, liquidity = 0 } = kernel;
  if (liquidity === 0) return { concavity, liquidity };
  const depthMedian = columns.get('depth_median');
  const damaged = (why: string) =>
    new XimError(
      'corrupt',
      `flow is scaled by depth (kernel.liquidity ${liquidity}), but ${why}`,
      'run the date again',
    );
  if (!depthMedian) throw damaged('impact.arrow has no column depth_median');
  const wrong = depthMedian.find((depth) => !Number.isNaN(depth) && !(depth > 0 && Number.isFinite(depth)));
  if (wrong !== undefined) throw damaged(`a depth_median of impact.arrow is ${wrong}`);
  return { concavity, liquidity, depthMedian };
}
