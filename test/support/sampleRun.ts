import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { ximJson } from './cli.js';

/** Exit code and document of the sample's nightly job; `any`, as of {@link ximJson}. */
type SampleRun = ReturnType<typeof ximJson>;

const POLL_MS = 200;

/** The sample, run as the README has it, into a store of the caller's own: one run serves all files of tests. */
export async function sampleRunInto(store: string): Promise<SampleRun> {
  const run = await sharedRun();
  if (existsSync(sharedStore())) cpSync(sharedStore(), store, { recursive: true, preserveTimestamps: true });
  return run;
}

/** What that run has made of the days, for runs with other settings that need the same buckets. */
export async function sampleCachesInto(store: string): Promise<void> {
  await sharedRun();
  const caches = join(sharedStore(), 'stages');
  for (const stage of readdirSync(caches))
    if (stage !== 'run')
      cpSync(join(caches, stage), join(store, 'stages', stage), { recursive: true, preserveTimestamps: true });
}

const sharedStore = () => join(inject('sampleFolder'), 'store');

async function sharedRun(): Promise<SampleRun> {
  const shared = inject('sampleFolder');
  const finished = join(shared, 'run.json');
  if (isFirst(join(shared, 'making'))) {
    const args = ['--date', '2024-03-13', '--config', 'configs/sample.yaml', '--store', sharedStore()];
    writeFileSync(`${finished}.part`, JSON.stringify(ximJson(['run', ...args])));
    renameSync(`${finished}.part`, finished);
  }
  while (!existsSync(finished)) await sleep(POLL_MS);
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
