import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { repository } from '../support/cli.js';
import { hasPandas, python } from '../support/pyarrow.js';
import { sharedPath } from '../support/sharedData.js';

/** Small inputs that came out wrong elsewhere, each a program that ends with 0 where this one does right. */
const folder = sharedPath('field-cases');
const cases = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith('.py') && name !== 'lib.py')
  : ['field cases'];
/** The full disk is a file system of its own. */
const NEEDS_ROOT = 'disk_full.py';

describe.skipIf(!hasPandas || !existsSync(folder))('field cases', () => {
  for (const name of cases)
    it.skipIf(name === NEEDS_ROOT && process.getuid?.() !== 0)(name, () => {
      const { status, stdout, stderr } = spawnSync(python!, [`${folder}/${name}`], {
        cwd: repository,
        encoding: 'utf8',
        env: { ...process.env, XIM_REPOSITORY: repository },
      });
      expect(status, `${stdout}${stderr}`).toBe(0);
    });
});
