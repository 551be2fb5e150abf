import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { ximJson } from './cli.js';

/** Exit code and document of the sample's nightly job; `any`, as of {@link ximJson}. */
type SampleRun = ReturnType<typeof ximJson>;

const POLL_MS = 200;

/** The sample, run as the README has it, into a store of the caller's own: one run serves all files of tests. */
export async function sampleRunInto(store: string): Promise<SampleRun> {
  const shared = inject('sampleFolder');
  const finished = join(shared, 'run.json');
  if (isFirst(join(shared, 'making'))) {
    const made = ximJson([
      'run',
      '--date',
      '2024-03-13',
      '--config',
      'configs/sample.yaml',
      '--store',
      join(shared, 'store'),
    ]);
    writeFileSync(`${finished}.part`, JSON.stringify(made));
    renameSync(`${finished}.part`, finished);
  }
  while (!existsSync(finished)) await sleep(POLL_MS);
  if (existsSync(join(shared, 'store')))
    cpSync(join(shared, 'store'), store, { recursive: true, preserveTimestamps: true });
  return JSON.parse(readFileSync(finished, 'utf8'));
}

function isFirst(mark: string): boolean {
  try {
    mkdirSync(mark);
    return true;
  } catch {
    return false;
  }
}
