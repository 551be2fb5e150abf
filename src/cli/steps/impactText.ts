import type { StoredImpact } from '../../io/impactArrow.js';
import { type CertificateInTime, leastBearable } from '../../model/certificateInTime.js';
import { type Manifest, timeConstantText } from '../../model/manifest.js';
import { median } from '../../numerics/statistics.js';
import { fixed } from '../text.js';

/** What of impact is concave after its decay, in one line; none where it is linear. */
export function concaveLines({ kernel: { concave } }: Manifest, { matrices }: StoredImpact): string[] {
  const [K, linear] = [matrices.get('K'), matrices.get('K_linear')];
  if (!concave || !K || !linear) return [];
  const shares = Array.from({ length: K.rows }, (_, i) => {
    const at = i * (K.cols + 1);
    return 1 - linear.data[at] / K.data[at];
  });
  const times = concave.tauSeconds.map(timeConstantText).join(', ');
  const { length } = concave.modes;
  const links = length === 0 ? 'links linear' : `links in ${length} concave mode${length === 1 ? '' : 's'}`;
  return [
    `concave impact: power ${concave.power} over ${times}, ${fixed(100 * median(shares), 0)} % of self impact at typical flow (median of names), ${links}`,
  ];
}

/** What the certificate says of multipliers that change, in one line. */
export function inTimeLine(certificate: CertificateInTime, symbols: readonly string[]): string {
  const { regimeGrowth, isBorne, witness } = certificate;
  const least = leastBearable(certificate);
  const regimes = regimeGrowth === 1 ? 'one regime' : `regimes differ by × ${fixed(regimeGrowth, 3)}`;
  if (!least) return `multipliers: ${regimes}, and what passes bears any growth`;
  const bears = `× ${fixed(least.largestGrowthPerBucket, 5)} a bucket (${least.kind}, ${timeConstantText(least.tauSeconds)})`;
  if (isBorne) return `multipliers: ${regimes}, and what bears least bears ${bears}`;
  const earns = witness
    ? `would earn ${fixed(witness.gain, 2)} for one million of ${symbols[witness.names[0]]}`
    : 'earns nothing that a search finds';
  return `multipliers: ${regimes}, what bears least bears ${bears}: they are to grow no faster, and a switch at once ${earns}`;
}
