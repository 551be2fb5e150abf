import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.js';
import { xim } from '../support/cli.js';

const resolve = (environment: Record<string, string>) =>
  resolveConfig({ file: undefined, fileName: 'xim.yaml', environment, flags: [] });

describe('variables of the environment', () => {
  it('of other programs are ignored', () => {
    const { config, ignored } = resolve({ XIM_PROGRAM: 'fcitx', XIM_ARGS: '-d', XIM_FOO__BAR: '1', XIMODE: 'x' });
    expect(ignored).toEqual(['XIM_ARGS', 'XIM_FOO__BAR', 'XIM_PROGRAM']);
    expect(config).toEqual(resolve({}).config);
  });

  it('of ours are taken', () => {
    const { config, ignored } = resolve({ XIM_MODEL: 'us', XIM_FIT__WINDOW: '5d', XIM_CONFIG: 'elsewhere.yaml' });
    expect([config.model, config.fit.window, ignored]).toEqual(['us', '5d', []]);
    const overrides = '{"2024-07-03": [["09:30", "13:00"]]}';
    expect(resolve({ XIM_CALENDAR__OVERRIDES: overrides }).config.calendar.overrides).toEqual(JSON.parse(overrides));
  });

  it.each([
    ['XIM_FIT__WINDOU', 'fit.window'],
    ['XIM_FIT__SOMETHING_ELSE', 'fit.'],
    ['XIM_FITT__WINDOW', 'fit.window'],
    ['XIM_FIT_WINDOW', 'fit.window'],
    ['XIM_WINDOW', 'fit.window'],
    ['XIM_DATA', 'data.'],
    ['XIM_THREADS', 'engine.threads'],
  ])('that were to be ours are refused: %s', (name, nearest) => {
    expect(() => resolve({ [name]: '5d' })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(`environment variable ${name}`),
        hint: expect.stringContaining(`did you mean "${nearest}`),
      }),
    );
  });

  it('that are ignored are said on stderr, unless nothing is to be said', () => {
    const env = { XIM_PROGRAM: '/usr/bin/fcitx' };
    expect(xim(['config'], { env })).toMatchObject({ code: 0, stderr: expect.stringContaining('XIM_PROGRAM') });
    for (const silent of ['--quiet', '--json'])
      expect(xim(['config', silent], { env })).toMatchObject({ code: 0, stderr: '' });
  });
});
