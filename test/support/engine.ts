import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Engine, openEngine, smallQuery } from '../../src/io/duckdb.js';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xim-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function testEngine(folder: string, threads = 2): Promise<Engine> {
  return openEngine({ threads, memoryLimit: '1GB', temporaryFolder: folder });
}

export async function rowsOf(engine: Engine, sql: string): Promise<Record<string, unknown>[]> {
  return smallQuery(engine, sql);
}
