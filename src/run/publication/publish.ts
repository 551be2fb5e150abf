import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { diagnosticParquet } from '../../io/diagnosticTables.js';
import type { Engine } from '../../io/duckdb.js';
import { type CertificateInTime, certifyInTime } from '../../model/certificateInTime.js';
import { durationNs } from '../../model/duration.js';
import type { MarketProfile } from '../../model/marketProfile.js';
import { renderHtml } from '../../report/renderHtml.js';
import { renderMarkdown } from '../../report/renderMarkdown.js';
import type { ReportData } from '../../report/reportData.js';
import { unitValue, valuedPrice } from '../../stages/align/contracts.js';
import { slotNs } from '../../stages/schedule/dayProfile.js';
import { marketProfile } from '../../stages/schedule/marketProfile.js';
import type { DecayFitPoint } from '../../stages/validate/decayFit.js';
import type { StoredVersion } from '../../store/store.js';
import { publishedLoadings } from '../orders/priceModel.js';
import { concaveToStore } from '../versions/storedConcave.js';
import { limitsOf } from '../window/limits.js';
import { type Artifact, type NamedContent, writeArtifact } from './artifact.js';
import { diagnosticTables } from './diagnosticTables.js';
import { linksParquet } from './linksTable.js';
import type { Publication } from './publication.js';
import { constrainedMatrix, reportData } from './reportData.js';

/** Writes the outcome of a run as a version. What is in it depends on the publication alone. */
export async function publish(
  publication: Publication,
  engine: Engine,
  temporaryFolder: string,
): Promise<StoredVersion> {
  const scratch = mkdtempSync(join(temporaryFolder, 'publish-'));
  try {
    const { config, outcome } = publication;
    const data = reportData(publication);
    return await writeArtifact({
      config,
      names: outcome.names,
      matrix: constrainedMatrix(publication),
      floors: outcome.calibration.floors,
      estimate: estimateColumns(publication),
      market: marketOf(publication),
      diagnostics: await diagnostics(publication, data, engine, scratch),
      report: { data, markdown: renderMarkdown(data), html: renderHtml(data) },
      facts: { ...facts(publication, data), inTime: inTime(publication, data) },
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function marketOf({ config, moments, outcome }: Publication): MarketProfile {
  const { names } = outcome;
  return marketProfile(
    moments.profiles,
    names.map(({ block }) => block),
    slotNs(durationNs(config.align.bucket)) / 1e9,
    (i, mid) => unitValue(names[i]) * valuedPrice(names[i], mid),
  );
}

function estimateColumns({ moments, outcome: { calibration, constrained } }: Publication): Artifact['estimate'] {
  const { full } = constrained;
  return {
    ...(full.parts ? { parts: full.parts } : {}),
    ...(full.concave && full.linear ? { concave: { linear: full.linear, terms: full.concave } } : {}),
    ...(calibration.parts ? { shrunkParts: calibration.parts.matrices } : {}),
    standardErrors: calibration.estimate.standardErrors,
    loadings: publishedLoadings(calibration, full),
    residualVolBps: calibration.estimate.residualVolBps,
    ...(moments.transform.depthMedian ? { depthMedian: moments.transform.depthMedian } : {}),
  };
}

async function diagnostics(
  { outcome }: Publication,
  report: ReportData,
  engine: Engine,
  scratch: string,
): Promise<NamedContent[]> {
  const contents: NamedContent[] = [];
  for (const [name, table] of Object.entries(diagnosticTables(report)))
    contents.push({ name: `diagnostics/${name}.parquet`, content: await diagnosticParquet(table, scratch) });
  return [...contents, { name: 'diagnostics/links.parquet', content: await linksParquet(outcome, engine, scratch) }];
}

/** What multipliers may do beside concave terms; versions without them keep the bytes that they always had. */
function inTime(
  { config, outcome: { calibration, constrained, decay } }: Publication,
  { kernel: { bucketMs, concavity }, regimes }: ReportData,
): CertificateInTime | undefined {
  const { concave, linear } = constrained.full;
  if (!concave || !linear) return undefined;
  const { floors, estimate } = calibration;
  const { rho } = limitsOf(config);
  const { weights } = estimate.kernel;
  const model = { K: linear, concave, decay, weights, concavity, floors, rho, units: config.align.units };
  return certifyInTime(model, regimes.multipliers, bucketMs);
}

/** JSON has no infinity: what nothing bounds is null. */
function finitePoint({ high, uncertainty, ...point }: DecayFitPoint) {
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  return { ...point, high: finite(high), uncertainty: finite(uncertainty) };
}

function facts({ outcome }: Publication, { window, kernel, regimes, verdict, scores }: ReportData): Artifact['facts'] {
  const { calibration, constrained, diagnoses, names, identification, decayFit, referenceOrders } = outcome;
  const { estimate, shrinkage, tail } = calibration;
  const { gates: _gates, ...words } = verdict;
  const { form, why, bucketMs, tauSeconds, weights, concavity, liquidity } = kernel;
  const flowScale = concavity === 1 ? names.map(() => 1) : [...estimate.factorModel.controls.flowScale];
  return {
    window,
    kernel: {
      ...{ form, bucketMs, tauSeconds, weights, concavity, flowScale },
      ...(why === undefined ? {} : { why }),
      ...(liquidity ? { liquidity } : {}),
      ...(constrained.full.concave
        ? { concave: concaveToStore(constrained.full.concave, calibration.concave?.hasLinear ?? true, bucketMs) }
        : {}),
    },
    regimes: { edges: regimes.edges, multipliers: regimes.multipliers },
    metrics: {
      outOfSample: scores ? { pooled: scores.pooled, crossGain: scores.crossGain } : null,
      identification: identification ? { ...identification } : null,
      decayFit: (decayFit ?? []).map(finitePoint),
      referenceOrders,
      ...(outcome.scheduleReplay ? { scheduleReplay: outcome.scheduleReplay } : {}),
      diagnoses: diagnoses.map(({ evidence: _evidence, remedy: _remedy, detail: _detail, ...found }) => found),
      shrinkage: { lambda: shrinkage?.lambda ?? 0, intensity: shrinkage?.intensity ?? 0, tailLinks: tail?.links ?? 0 },
    },
    verdict: words,
  };
}
