import type { StoredWitness } from '../../model/manifest.js';
import { wordsOf } from '../../model/units.js';
import type { StoredVersion } from '../../store/store.js';
import type { CommandResult } from '../session.js';
import { fixed, textTable } from '../text.js';

interface StoredProjection {
  readonly status: string;
  readonly distance: number;
  readonly dualityGap: number;
  readonly iterations: number;
  readonly minEigenvalue: { readonly before: number; readonly after: number };
}

/** The document of `constrain --json` (CONTRACT §3). */
export function constraintJson({ id, folder, manifest }: StoredVersion) {
  const { certificate, metrics } = manifest;
  return {
    id,
    version: folder,
    ...(metrics.projection as StoredProjection),
    certificate: certificate.status,
    checks: certificate.checks,
    witness: certificate.before?.witness ?? null,
  };
}

/** The certificate of a version, what was wrong before it, and whether it holds. */
export function constrainedVersion({ folder, manifest }: StoredVersion): Pick<CommandResult, 'text' | 'exitCode'> {
  const { certificate, metrics } = manifest;
  const { status, distance, iterations, minEigenvalue } = metrics.projection as StoredProjection;
  const checks = certificate.checks.map((check) => [
    check.name,
    fixed(check.value, 6),
    `${check.sense === 'atLeast' ? '≥' : '≤'} ${fixed(check.bound, 3)}`,
    check.passed ? 'holds' : 'FAILS',
  ]);
  return {
    text: [
      `${folder}  certificate ${certificate.status}`,
      `projection ${status} after ${iterations} iterations, distance ${fixed(distance, 6)}, smallest eigenvalue ${fixed(minEigenvalue.before, 6)} → ${fixed(minEigenvalue.after, 6)}`,
      textTable(['check', 'value', 'bound', ''], checks),
      ...witnessLines(certificate.before?.witness ?? null, wordsOf(manifest).ofTurnover),
    ].join('\n'),
    exitCode: certificate.status === 'failed' ? 1 : 0,
  };
}

function witnessLines(witness: StoredWitness | null, ofTurnover: string): string[] {
  if (!witness) return [];
  const rows = witness.trades.map(({ bucket, millions }) => [bucket, ...millions.map((v) => fixed(v, 3))]);
  return [
    '',
    `before it was projected, the matrix paid ${fixed(witness.gain, 2)} (${fixed(witness.gainBps, 3)} ${ofTurnover}) for this round trip, in millions:`,
    textTable(['bucket', ...witness.symbols], rows),
  ];
}
