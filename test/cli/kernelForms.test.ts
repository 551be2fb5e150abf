import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository, xim, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';

const config = join(repository, 'configs', 'sample.yaml');
const folder = temporaryFolder();

describe.each(['modes', 'matrix'])('fit.kernel.form: %s', (form) => {
  const store = join(folder, form);
  const set = (rest: readonly string[]) => [...rest, '--config', config, '--store', store];
  const env = { XIM_FIT__KERNEL__FORM: form };

  it('publishes a matrix per time constant, certified from the stored bytes', () => {
    const run = xim(set(['run', '--date', '2024-03-13', '--json']), { env });
    expect(run.code).toBe(0);
    const [verified] = ximJson(set(['verify', 'candidate'])).document.versions;
    expect(verified.certificates.full.status).toBe('passed');
    const shown = ximJson(set(['show', 'candidate'])).document;
    expect(shown.manifest.kernel.form).toBe(form);
    expect(shown.manifest.certificate.status).toBe('passed');
    expect(shown.manifest.certificate.checks.map((check: { name: string }) => check.name)).toContain('parts_sum');
  });
});

it('other forms with derived factors are refused by name', () => {
  const env = { XIM_FIT__KERNEL__FORM: 'matrix', XIM_DEFACTOR__FACTORS: 'derived' };
  const { code, stderr } = xim(
    ['run', '--date', '2024-03-13', '--config', config, '--store', join(folder, 'derived'), '--quiet'],
    { env },
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/fit.kernel.form: matrix with defactor.factors: derived is not supported/);
});
