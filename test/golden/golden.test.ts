import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { objectPath } from '../../src/store/store.js';
import { readJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { sampleRunInto } from '../support/sampleRun.js';
import { readable } from './readable.js';

const store = temporaryFolder();
const here = fileURLToPath(new URL('.', import.meta.url));

/** Written where `npm run golden` asks for it, for its author to read and commit; a missing one passes nowhere else. */
function expectGolden(file: string, found: unknown): void {
  const path = join(here, file);
  if (process.env.WRITE_GOLDEN) writeFileSync(path, `${JSON.stringify(found, null, 2)}\n`);
  else if (!existsSync(path)) throw new Error(`${file} is missing: write it with "npm run golden", read and commit it`);
  expect(found).toEqual(readJson(path));
}

/** The version id alone says that something moved; manifest and report, rounded, say what. */
describe('the sample run', () => {
  const at: { id?: string; manifest?: ReturnType<typeof readJson> } = {};
  beforeAll(async () => {
    const { document } = await sampleRunInto(store);
    at.id = document.id;
    at.manifest = readJson(join(store, 'versions', document.version, 'manifest.json'));
  });

  it('gives the golden manifest', () => expectGolden('manifest.json', readable(at.manifest)));

  it('gives the golden report', () => {
    const stored = at.manifest.objects.find(({ name }: { name: string }) => name === 'report.json');
    expectGolden('report.json', readable(readJson(objectPath(store, stored))));
  });

  it('gives the golden version id, and so the same bits', () => expectGolden('sample.json', { id: at.id }));
});
