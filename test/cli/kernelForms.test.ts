import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository, xim, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { settled } from '../support/settled.js';

const config = join(repository, 'configs', 'sample.yaml');
const folder = temporaryFolder();

describe.each(['modes', 'matrix'])('fit.kernel.form: %s', (form) => {
  const store = join(folder, form);
  const set = (rest: readonly string[]) => [...rest, '--config', config, '--store', store];
  const env = { XIM_FIT__KERNEL__FORM: form };

  it('publishes a matrix per time constant, certified from the stored bytes', async () => {
    const run = xim(set(['run', '--date', '2024-03-13', '--json']), { env });
    expect(run.code).toBe(0);
    await settled();
    const [verified] = ximJson(set(['verify', 'candidate'])).document.versions;
    expect(verified.certificates.full.status).toBe('passed');
    const shown = ximJson(set(['show', 'candidate'])).document;
    expect(shown.manifest.kernel.form).toBe(form);
    expect(shown.manifest.certificate.status).toBe('passed');
    expect(shown.manifest.certificate.checks.map((check: { name: string }) => check.name)).toContain('parts_sum');
    await settled();
  });
});

describe('fit.kernel.form: auto', () => {
  const store = join(folder, 'auto');
  const set = (rest: readonly string[]) => [...rest, '--config', config, '--store', store];

  it('is the default, says what it chose in numbers, and takes the scalar kernel of the sample data', () => {
    const shown = xim(set(['fit', '--date', '2024-03-13'])).stdout;
    expect(shown).toMatch(/One decay for all links: baskets decay as it says \(.*own flow bears 0\.\d+ to 0\.\d+/);
    const origins = xim(set(['config', '--show-origin'])).stdout;
    expect(origins).toMatch(/^default +fit\.kernel\.form = "auto"$/m);
  });

  it.each([
    ['fit.estimator=block', 'fit.estimator: block'],
    ['defactor.factors=derived', 'defactor.factors: derived'],
    ['constrain.condition_cap=100', 'constrain.condition_cap'],
  ])('%s is no reason to refuse: it is scalar, and says so', async (setting, named) => {
    const fit = ximJson(set(['fit', '--date', '2024-03-13', '--set', setting]));
    expect(fit.code).toBe(0);
    expect(fit.document.why).toBe(`One decay for all links: modes do not go together with ${named}.`);
    await settled();
  });
});

it.each([
  ['XIM_DEFACTOR__FACTORS', 'derived', /fit.kernel.form: matrix with defactor.factors: derived is not supported/],
  ['XIM_FIT__ESTIMATOR', 'block', /fit.kernel.form: matrix with fit.estimator: block is not supported/],
  ['XIM_FIT__LINKS__EQUAL', '[[["SIM1","SIM2"],["SIM1","SIM3"]]]', /does not keep links equal/],
  ['XIM_FIT__LINKS__ZERO', '[["SIM1","NOPE"]]', /fit.links.zero: "NOPE" is not in the universe/],
  ['XIM_FIT__LINKS__ZERO', '[["SIM1","SIM2"],["SIM2","SIM1"]]', /SIM2 and SIM1 is given twice/],
])('%s=%s is refused by name', (variable, value, message) => {
  const env = { XIM_FIT__KERNEL__FORM: 'matrix', [variable]: value };
  const { code, stderr } = xim(
    ['run', '--date', '2024-03-13', '--config', config, '--store', join(folder, 'refused'), '--quiet'],
    { env },
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});
