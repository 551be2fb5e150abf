import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricsText } from '../../src/cli/metricsText.js';
import { observed, stageNote } from '../../src/cli/observation.js';
import type { ProgressEvent } from '../../src/cli/progress.js';
import { repository, xim } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';

const folder = temporaryFolder();

describe('stages as programs read them', () => {
  it('have the words of their announcement, its day and its place', () => {
    expect(stageNote('align 2024-03-12 (2 of 20)')).toEqual({ stage: 'align', date: '2024-03-12', step: 2, of: 20 });
    expect(stageNote('compare families of impact 2024-03-12 (1 of 2)').stage).toBe('compare families of impact');
    expect(stageNote('fit 500 names on 20 folds')).toEqual({ stage: 'fit' });
    expect(stageNote('wait: the store is locked')).toEqual({ stage: 'wait' });
    expect(stageNote('2024')).toEqual({ stage: 'work' });
  });

  it('end where the next begins, and are summed by name', () => {
    let [nowMs, bytes] = [0, 100];
    const events: ProgressEvent[] = [];
    const passedOn: string[] = [];
    const plain = {
      stage: (text: string) => passedOn.push(text),
      warn: (text: string) => passedOn.push(text),
      end: () => {},
      current: () => undefined,
    };
    const progress = observed(plain, { clockMs: () => nowMs, memoryBytes: () => bytes }, (event) => events.push(event));
    for (const [text, lastsMs] of [
      ['align 2024-03-12 (1 of 2)', 1000],
      ['align 2024-03-13 (2 of 2)', 500],
      ['fit 4 names', 250],
    ] as const) {
      progress.stage(text);
      nowMs += lastsMs;
      // Memory that is given back before the stage ends counts where it was looked at.
      bytes += lastsMs;
      progress.lookAtMemory();
      bytes -= lastsMs;
    }
    progress.warn('late');
    const { seconds, stageSeconds, stagePeakBytes, warnings } = progress.observed();
    expect([...stagePeakBytes]).toEqual([
      ['align', 1100],
      ['fit', 350],
    ]);
    expect({ seconds, warnings, stages: [...stageSeconds] }).toEqual({
      seconds: 1.75,
      warnings: 1,
      stages: [
        ['align', 1.5],
        ['fit', 0.25],
      ],
    });
    expect(events.map(({ event, stage }) => `${event} ${stage}`)).toEqual([
      'stage.start align',
      'stage.end align',
      'stage.start align',
      'stage.end align',
      'stage.start fit',
      'warning fit',
      'stage.end fit',
    ]);
    expect(passedOn).toHaveLength(4);
  });
});

describe('metrics', () => {
  const ended = {
    command: 'run',
    exitCode: 1,
    endedMs: 1_700_000_000_500,
    peakMemoryBytes: 1e8,
    seconds: 2,
    warnings: 0,
    stageSeconds: new Map([['fit', 1.5]]),
    stagePeakBytes: new Map([['fit', 5e7]]),
  };

  it('are lines of name, labels and value, each name with its help and type once', () => {
    const text = metricsText(ended, {
      model: 'a "b"\\\nc',
      version: '2024-03-13-00000000',
      id: '0'.repeat(64),
      asof: '1970-01-02',
      fresh: true,
      names: 4,
      days: 2,
      certificate: 'passed',
      gates: { oos_r2: 'passed', drift: 'failed', arms: 'not applicable' },
      rows: { quotes: 10, fills: 3 },
    });
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of lines) expect(line).toMatch(/^xim_[a-z_]+\{([a-z]+="([^"\\\n]|\\["\\n])*",?)+\} -?[0-9.e+]+$/);
    const names = lines.map((line) => line.slice(0, line.indexOf('{')));
    for (const name of new Set(names)) expect(text.split(`# TYPE ${name} gauge\n`)).toHaveLength(2);
    expect(text).toContain('xim_success{command="run"} 0\n');
    expect(text).toContain('xim_stage_duration_seconds{command="run",stage="fit"} 1.5\n');
    expect(text).toContain('xim_stage_peak_memory_bytes{command="run",stage="fit"} 50000000\n');
    expect(text).toContain('xim_version_asof_timestamp_seconds{model="a \\"b\\"\\\\\\nc"} 86400\n');
    expect(text).toContain('gate="drift"} 0\n');
    expect(text).not.toContain('arms');
  });

  it('say of a failure what is known of it', () => {
    expect(metricsText(ended)).not.toContain('xim_version');
  });
});

describe('a command that is watched', () => {
  const failing = ['run', '--date', '2024-03-13', '--data', join(folder, 'nowhere'), '--store', join(folder, 'store')];

  it('logs its end and leaves metrics when it fails', () => {
    const file = join(folder, 'xim.prom');
    const { code, stderr } = xim([...failing, '--log-format', 'json', '--metrics', file]);
    expect(code).toBe(3);
    const events = stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ event: 'end', level: 'error', command: 'run', exitCode: 3, error: 'data' });
    expect(new Set(events.map(({ run }) => run)).size).toBe(1);
    expect(readFileSync(file, 'utf8')).toContain('xim_exit_code{command="run"} 3\n');
  });

  it('fails by its metrics alone where they cannot be written, and by its own failure otherwise', () => {
    const taken = join(folder, 'taken');
    mkdirSync(taken);
    const listed = xim(['config', '--metrics', taken], { cwd: repository });
    expect(listed.code).toBe(74);
    expect(listed.stderr).toContain('taken');
    expect(xim([...failing, '--metrics', taken]).code).toBe(3);
  });
});
