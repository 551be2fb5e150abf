import type { Observation } from './observation.js';
import type { RunFacts } from './session.js';

/** A command that has ended. */
export interface Ended extends Observation {
  readonly command: string;
  readonly exitCode: number;
  /** Milliseconds since 1970. */
  readonly endedMs: number;
  readonly peakMemoryBytes: number;
}

type Labels = Readonly<Record<string, string>>;

/** A metric with all its samples. */
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly (readonly [Labels, number])[];
}

/** What a command measured in the text format of Prometheus, as node_exporter's textfile collector reads it. */
export function metricsText(ended: Ended, facts?: RunFacts): string {
  const metrics = [...commandMetrics(ended), ...(facts ? versionMetrics(facts) : [])];
  return metrics.map(metricText).join('');
}

function commandMetrics({
  command,
  exitCode,
  endedMs,
  peakMemoryBytes,
  seconds,
  stageSeconds,
  stagePeakBytes,
  warnings,
}: Ended): Metric[] {
  const one = (name: string, help: string, value: number): Metric => ({ name, help, samples: [[{ command }, value]] });
  const byStage = (values: ReadonlyMap<string, number>) =>
    [...values].map(([stage, value]) => [{ command, stage }, value] as const);
  return [
    one('xim_success', '1 when the command ended with exit code 0', exitCode === 0 ? 1 : 0),
    one('xim_exit_code', 'Exit code of the command', exitCode),
    one('xim_end_timestamp_seconds', 'When the command ended', endedMs / 1000),
    one('xim_duration_seconds', 'Wall time of the command', seconds),
    one('xim_peak_memory_bytes', 'Largest resident memory of the process', peakMemoryBytes),
    one('xim_warnings', 'Warnings of the command', warnings),
    { name: 'xim_stage_duration_seconds', help: 'Wall time by stage', samples: byStage(stageSeconds) },
    { name: 'xim_stage_peak_memory_bytes', help: 'Largest resident memory by stage', samples: byStage(stagePeakBytes) },
  ];
}

function versionMetrics(facts: RunFacts): Metric[] {
  const { model, version, id, asof, fresh, names, days, certificate, gates, rows } = facts;
  const one = (name: string, help: string, value: number): Metric => ({ name, help, samples: [[{ model }, value]] });
  const judged = Object.entries(gates).filter(([, verdict]) => verdict === 'passed' || verdict === 'failed');
  return [
    {
      name: 'xim_version_info',
      help: 'The version that the run made or found',
      samples: [[{ model, version, id }, 1]],
    },
    one('xim_version_asof_timestamp_seconds', 'Its day, at midnight UTC', Date.parse(`${asof}T00:00:00Z`) / 1000),
    one('xim_version_fresh', '1 when it was made now', fresh ? 1 : 0),
    one('xim_names', 'Names of the version', names),
    one('xim_window_days', 'Days of its window', days),
    one('xim_certificate_passed', '1 when its certificate passed', certificate === 'passed' ? 1 : 0),
    {
      name: 'xim_gate_passed',
      help: '1 when the gate passed; gates that could not be judged are missing',
      samples: judged.map(([gate, verdict]) => [{ model, gate }, verdict === 'passed' ? 1 : 0] as const),
    },
    {
      name: 'xim_input_rows',
      help: 'Rows of the window by dataset',
      samples: Object.entries(rows).map(([dataset, count]) => [{ model, dataset }, count] as const),
    },
  ];
}

function metricText({ name, help, samples }: Metric): string {
  if (samples.length === 0) return '';
  const lines = samples.map(([labels, value]) => `${name}{${labelsText(labels)}} ${value}`);
  return `${[`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines].join('\n')}\n`;
}

const labelsText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
