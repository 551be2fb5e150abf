import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the test files of one start share the run of the sample. */
    sampleFolder: string;
  }
}

/** Set up once, before the first test file; what is in it is made by the file that needs it first. */
export default function sampleFolder(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'xim-sample-'));
  project.provide('sampleFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
