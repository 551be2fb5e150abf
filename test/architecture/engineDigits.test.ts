import { describe, expect, it } from 'vitest';
import { lint } from '../support/lint.js';

const REFUSED = {
  member: 'Math.exp(x)',
  handed: '[x].map(Math.log)[0]',
  optional: 'Math?.cos(x)',
  computed: "Math['sin'](x)",
  ofGlobal: 'globalThis.Math.hypot(x, 1)',
  nested: 'Math.max(1, Math.pow(x, 2))',
  unseeded: 'x * Math.random()',
  square: 'x ** 2',
  constant: 'x * 10 ** 3',
  inText: ['`$', '{x ** 3}`.length'].join(''),
  assigned: '(() => {\n  let y = x;\n  y **= 2;\n  return y;\n})()',
  renamed: '((m) => m.exp(x))(Math)',
  takenApart: '(({ log10 }) => log10(x))(Math)',
};

const EXACT =
  '[Math.abs(x), Math.sqrt(x), Math.max(x, 1), Math.floor(x), Math.PI, Math.fround(x), x * x] // not x ** 2';

const text = (expression: string) => `export const value = (x: number) => ${expression};\n`;

const refusedFiles = (output: string): string[] =>
  [...new Set([...output.matchAll(/^((?:src|test)\S+?):\d+:\d+ plugin/gm)].map(([, path]) => path))].sort();

describe('npm run lint', () => {
  it('refuses in src what has the last digits of the engine, in every form, and nothing exact', () => {
    const files = Object.fromEntries(
      Object.entries(REFUSED).map(([name, expression]) => [`src/model/${name}.ts`, text(expression)]),
    );
    const { status, output } = lint({
      ...files,
      'src/model/exact.ts': text(EXACT),
      'test/model/oracle.ts': text('x ** 2'),
    });
    expect(status).not.toBe(0);
    expect(output).toContain('take it from numerics/elementary/elementary.ts');
    expect(refusedFiles(output)).toEqual(Object.keys(files).sort());
  });
});
