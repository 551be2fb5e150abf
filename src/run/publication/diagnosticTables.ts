import type { DiagnosticTable } from '../../io/diagnosticTables.js';
import type { Gate } from '../../model/gate.js';
import type { RegimeCell } from '../../model/regimes.js';
import type { ReportData } from '../../report/reportData.js';

/** The tables of a version by the name of their file. */
export const diagnosticTables = (report: ReportData): Readonly<Record<string, DiagnosticTable>> => ({
  names: namesTable(report),
  gates: gatesTable(report.gates),
  regimes: regimesTable(report.regimes.cells),
});

function namesTable({ names, scores }: ReportData): DiagnosticTable {
  return {
    columns: {
      symbol: 'text',
      block: 'text',
      self_impact: 'number',
      self_impact_se: 'number',
      resid_vol_bps: 'number',
      factor_r2: 'number',
      flow_factor_r2: 'number',
      missing_share: 'number',
      row_moved: 'number',
      r2_diagonal: 'number',
      r2_block: 'number',
      r2_fitted: 'number',
    },
    rows: names.map((name, i) => ({
      symbol: name.symbol,
      block: name.block,
      self_impact: name.selfImpact,
      self_impact_se: name.selfImpactError ?? undefined,
      resid_vol_bps: name.residualVolBps,
      factor_r2: name.factorR2,
      flow_factor_r2: name.flowFactorR2,
      missing_share: name.missingShare,
      row_moved: name.rowMoved,
      r2_diagonal: scores?.perName.diagonal[i],
      r2_block: scores?.perName.block[i],
      r2_fitted: scores?.perName.fitted[i],
    })),
  };
}

function gatesTable(gates: readonly Gate[]): DiagnosticTable {
  return {
    columns: {
      name: 'text',
      verdict: 'text',
      value: 'number',
      bound: 'number',
      low: 'number',
      high: 'number',
      reason: 'text',
    },
    rows: gates.map((gate) => ({ ...gate })),
  };
}

function regimesTable(cells: readonly RegimeCell[]): DiagnosticTable {
  return {
    columns: { cell: 'text', slope: 'number', standard_error: 'number', multiplier: 'number', buckets: 'number' },
    rows: cells.map(({ cell, slope, standardError, multiplier, buckets }) => ({
      cell,
      slope,
      standard_error: standardError,
      multiplier,
      buckets,
    })),
  };
}
