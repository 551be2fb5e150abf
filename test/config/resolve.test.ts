import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { type ConfigSources, resolveConfig } from '../../src/config/resolve.js';
import { configSchema } from '../../src/config/schema.js';
import { temporaryFolder } from '../support/engine.js';

const sources = (given: Partial<ConfigSources>): ConfigSources => ({
  file: undefined,
  fileName: 'xim.yaml',
  environment: {},
  flags: [],
  ...given,
});
const flag = (path: string, text: string) => ({ path, text, writtenAs: '--set' });
const complaint = (message: RegExp, hint: RegExp) => ({
  kind: 'config',
  message: expect.stringMatching(message),
  hint: expect.stringMatching(hint),
});
function expectComplaint(given: Partial<ConfigSources>, message: RegExp, hint: RegExp): void {
  let caught: unknown;
  try {
    resolveConfig(sources(given));
  } catch (error) {
    caught = error;
  }
  expect(caught).toMatchObject(complaint(message, hint));
}

describe('sections whose keys are the user’s own words', () => {
  it('are read from a file, and their content is checked', () => {
    const file = {
      align: { clock_offsets: { XNAS: '1ms' } },
      validate: { gates: { accept: { crowding: 'we are the market' } }, arms: { split: { a: 1, control: 3 } } },
    };
    const { config } = resolveConfig(sources({ file }));
    expect(config.validate.gates.accept).toEqual({ crowding: 'we are the market' });
    expect(config.validate.arms.split).toEqual({ a: 1, control: 3 });
    expectComplaint({ file: { validate: { gates: { accept: { crowd: 'x' } } } } }, /validate\.gates\.accept/, /./);
    expectComplaint(
      { file: { validate: { gates: { acept: { crowding: 'x' } } } } },
      /unknown key/,
      /validate\.gates\.accept/,
    );
  });
});

describe('where a value comes from', () => {
  const given = {
    file: { constrain: { rho: 0.1 } },
    environment: { XIM_CONSTRAIN__RHO: '0.2' },
    flags: [flag('constrain.rho', '0.3')],
  };
  it.each([
    ['flag', given, 0.3],
    ['environment', { ...given, flags: [] }, 0.2],
    ['file', { file: given.file }, 0.1],
    ['default', {}, 0.9],
  ] as const)('is the %s before those below it', (origin, some, value) => {
    const { config, origins } = resolveConfig(sources(some));
    expect(config.constrain.rho).toBe(value);
    expect(origins.get('constrain.rho')).toBe(origin);
  });

  it('is told for every key on its own', () => {
    const { origins } = resolveConfig(
      sources({ file: { fit: { window: '5d', penalty: { lambda: 0 } } }, flags: [flag('fit.window', '6d')] }),
    );
    const ofFit = ['fit.window', 'fit.penalty.lambda', 'fit.penalty.kind'].map((path) => origins.get(path));
    expect(ofFit).toEqual(['flag', 'file', 'default']);
  });

  it('is the last of two flags for one key', () => {
    const flags = [flag('fit.window', '5d'), flag('fit.window', '6d')];
    expect(resolveConfig(sources({ flags })).config.fit.window).toBe('6d');
  });

  it('leaves the file as it was read', () => {
    const file = { constrain: { rho: 0.1 } };
    resolveConfig(sources({ file, flags: [flag('constrain.rho', '0.3')] }));
    expect(file).toEqual({ constrain: { rho: 0.1 } });
  });
});

describe('text of a flag or variable', () => {
  it('is read as a number, a list or a word, whichever it is', () => {
    const { config } = resolveConfig(
      sources({
        environment: { XIM_FIT__KERNEL__TAU: '["2s","permanent"]', XIM_FIT__PENALTY__LAMBDA: 'auto' },
        flags: [flag('engine.threads', '3')],
      }),
    );
    expect(config.fit.kernel.tau).toEqual(['2s', 'permanent']);
    expect(config.fit.penalty.lambda).toBe('auto');
    expect(config.engine.threads).toBe(3);
  });

  it('stays text where a name is wanted', () => {
    const { config } = resolveConfig(sources({ flags: [flag('model', '2024'), flag('data.root', '7')] }));
    expect([config.model, config.data.root]).toEqual(['2024', '7']);
  });
});

/** Dotted paths of all keys that hold a value. */
function leaves(node: object, prefix = ''): string[] {
  return Object.entries(node).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    const inner = typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0;
    return inner ? leaves(value, `${path}.`) : [path];
  });
}

describe('a key that is not known', () => {
  it.each([
    ['the file', { file: { fit: { windw: '5d' } } }, /"fit\.windw" in xim\.yaml/],
    ['a variable', { environment: { XIM_FIT__WINDW: '5d' } }, /"fit\.windw" in environment variable XIM_FIT__WINDW/],
    ['a flag', { flags: [flag('fit.windw', '5d')] }, /"fit\.windw" in --set/],
  ])('is refused in %s, and the nearest one named', (_, given, message) => {
    expectComplaint(given, message, /did you mean "fit\.window"\?/);
  });

  it('is taken for the key it is a slip of, whichever that is', () => {
    const paths = leaves(configSchema.parse({})).filter((path) => path.length > 8);
    const slips = fc.record({ path: fc.constantFrom(...paths), at: fc.nat() });
    fc.assert(
      fc.property(slips, ({ path, at }) => {
        const k = 1 + (at % (path.length - 1));
        const slip = `${path.slice(0, k)}q${path.slice(k)}`;
        const quoted = path.replaceAll('.', '\\.');
        expectComplaint({ flags: [flag(slip, '1')] }, /unknown key/, new RegExp(`"${quoted}"`));
      }),
      { numRuns: 50 },
    );
  });
});

describe('a key that takes a word or keys of its own', () => {
  const concave = (given: Partial<ConfigSources>) => resolveConfig(sources(given));

  it('takes its keys from a file, a variable and a flag', () => {
    const defaults = { c: 0.4, scale: 0.5, links: 'linear' };
    const cases: [Partial<ConfigSources>, object][] = [
      [{ file: { fit: { kernel: { concave: {} } } } }, {}],
      [{ file: { fit: { kernel: { concave: { c: 0.3, tau: ['2s'] } } } } }, { c: 0.3, tau: ['2s'] }],
      [{ environment: { XIM_FIT__KERNEL__CONCAVE__C: '0.3' } }, { c: 0.3 }],
      [{ flags: [flag('fit.kernel.concave.links', 'concave')] }, { links: 'concave' }],
      [
        { flags: [flag('fit.kernel.concave', '{"c":0.3}'), flag('fit.kernel.concave.scale', '1')] },
        { c: 0.3, scale: 1 },
      ],
    ];
    for (const [given, changed] of cases)
      expect(concave(given).config.fit.kernel.concave).toEqual({ ...defaults, ...changed });
    expect(concave({ flags: [flag('fit.kernel.concave.c', '1')] }).origins.get('fit.kernel.concave.c')).toBe('flag');
  });

  it.each([
    [{ c: 0 }, /fit\.kernel\.concave\.c: 0 is too small: it must be above 0/],
    [{ c: -1 }, /fit\.kernel\.concave\.c: -1 is too small/],
    [{ c: 1.5 }, /fit\.kernel\.concave\.c: 1\.5 is too large: it must be at most 1/],
    [{ c: Number.NaN }, /fit\.kernel\.concave\.c: NaN is not a number/],
    [{ c: 'much' }, /fit\.kernel\.concave\.c: "much" is not a number/],
    [{ scale: 0 }, /fit\.kernel\.concave\.scale: 0 is too small/],
    [{ tau: [] }, /fit\.kernel\.concave\.tau: \[\] is too small/],
    [{ links: 'bent' }, /fit\.kernel\.concave\.links: "bent" is not one of "linear", "concave"/],
    ['bent', /fit\.kernel\.concave: "bent" fits none of the forms allowed/],
  ])('names the key and the value that is not right: %j', (value, message) => {
    expectComplaint({ file: { fit: { kernel: { concave: value } } } }, message, /xim schema/);
  });

  it('knows its keys from others', () => {
    const file = { fit: { kernel: { concave: { power: 0.4 } } } };
    expectComplaint({ file }, /unknown key "fit\.kernel\.concave\.power"/, /"fit\.kernel\.concave\.c"/);
  });
});

describe('a value that does not fit', () => {
  it.each([
    ['constrain.rho', '1.5', /constrain\.rho: 1\.5 is too large: it must be at most 1/],
    ['validate.folds', '1', /validate\.folds: 1 is too small: it must be at least 2/],
    ['align.locked', 'drop', /align\.locked: "drop" is not one of "keep", "quarantine"/],
    ['fit.window', '20', /fit\.window: 20 is not a string/],
    ['fit.penalty.lambda', 'much', /fit\.penalty\.lambda: "much" fits none of the forms allowed/],
  ])('is named with its key: %s %s', (path, text, message) => {
    expectComplaint({ flags: [flag(path, text)] }, message, /xim schema/);
  });

  it.each(['1s', '250ms', '0.5s', '5m', '2h', '20d'])('%s is a duration', (text) => {
    expect(resolveConfig(sources({ flags: [flag('guardrails.data_lag', text)] })).config.guardrails.data_lag).toBe(
      text,
    );
  });

  it.each(['0s', '-1s', '1 s', '1', '1us', 's', '1s5', '1e3s'])('%s is none', (text) => {
    expectComplaint({ file: { align: { bucket: text } } }, /align\.bucket: ".*" is not a duration such as/, /./);
  });

  it('is the whole file where it holds no keys', () => {
    expectComplaint({ file: ['a'] }, /xim\.yaml holds \["a"\], not keys and values/, /YAML/);
  });
});

describe('loadConfig', () => {
  const cwd = temporaryFolder();
  const conf = join(cwd, 'conf');
  const file = join(conf, 'night.yaml');
  mkdirSync(conf);
  writeFileSync(file, 'store: ../kept\ndata:\n  root: raw\n');
  const load = (given: { path?: string; environment?: Record<string, string>; flags?: ReturnType<typeof flag>[] }) =>
    loadConfig({ path: given.path, environment: given.environment ?? {}, flags: given.flags ?? [], cwd });

  it('takes folders of the file relative to the file, others relative to where it runs', () => {
    const { config } = load({ path: 'conf/night.yaml', flags: [flag('data.root', 'elsewhere')] });
    expect([config.store, config.data.root]).toEqual([join(cwd, 'kept'), join(cwd, 'elsewhere')]);
    expect(load({}).config.store).toBe(join(cwd, 'store'));
  });

  it('prefers --config to XIM_CONFIG, and both to ./xim.yaml', () => {
    const other = join(conf, 'other.yaml');
    writeFileSync(other, 'model: other\n');
    expect(load({ path: file, environment: { XIM_CONFIG: other } }).file).toBe(file);
    expect(load({ environment: { XIM_CONFIG: other } }).file).toBe(other);
    expect(load({}).file).toBeUndefined();
    const usual = join(cwd, 'xim.yaml');
    writeFileSync(usual, 'model: usual\n');
    expect(load({}).config.model).toBe('usual');
    expect(load({ environment: { XIM_CONFIG: other } }).config.model).toBe('other');
  });

  it('refuses a file that is not there or is no YAML', () => {
    expect(() => load({ path: 'none.yaml' })).toThrow(/none\.yaml does not exist/);
    expect(() => load({ path: 'conf' })).toThrow(/is a folder, not a file/);
    writeFileSync(join(cwd, 'bad.yaml'), 'fit: [1, \n');
    expect(() => load({ path: 'bad.yaml' })).toThrow(/bad\.yaml is not valid YAML/);
  });
});
