import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dataError, failedCall, refusalOfMachine } from '../../src/model/failure.js';

/** The error that a call ends with. */
function caught(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('the call did not fail');
}

describe('what the machine refuses', () => {
  it.skipIf(process.platform !== 'linux')('is told from a bug: a full device, as the system says it', () => {
    const refusal = refusalOfMachine(caught(() => writeFileSync('/dev/full', 'x')));
    expect(refusal).toMatchObject({ kind: 'environment', message: expect.stringMatching(/^no space is left/) });
  });

  it('and as the engine says it, below what it made of it', () => {
    const said =
      'Invalid Input Error: Attempting to execute\nError: IO Error: Could not write "a": No space left on device';
    expect(refusalOfMachine(new Error(said))?.message).toMatch(/^no space is left: .*"a"/);
    expect(refusalOfMachine(new Error('Out of Memory Error: failed to allocate'))?.hint).toMatch(/engine\.memory/);
  });

  it('a missing file and an error of ours are something else', () => {
    expect(refusalOfMachine(caught(() => readFileSync('/nowhere/at/all')))).toBeUndefined();
    expect(refusalOfMachine(dataError('a.parquet: No space left for jokes', 'none'))).toBeUndefined();
    expect(refusalOfMachine(new TypeError('x is undefined'))).toBeUndefined();
    expect(refusalOfMachine('a text')).toBeUndefined();
  });

  it('memory that an engine cannot get, as each says it', () => {
    const huge = caught(() => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).grow(1));
    expect(refusalOfMachine(huge)?.message).toMatch(/^memory is used up: WebAssembly/);
    for (const said of ['Array buffer allocation failed', 'Invalid typed array length: 20000000000', 'std::bad_alloc'])
      expect(refusalOfMachine(new RangeError(said))?.kind).toBe('environment');
    expect(refusalOfMachine(new RangeError('Invalid typed array length: -1'))).toBeUndefined();
    expect(refusalOfMachine(new RangeError('Maximum call stack size exceeded'))).toBeUndefined();
  });

  it('with the limit that is met, where it is known', () => {
    const error = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE', path: '/a/b' });
    expect(refusalOfMachine(error, (limit) => (limit === 'Max open files' ? '60' : undefined))?.message).toBe(
      'too many files are open: /a/b (limit 60)',
    );
  });

  it('and any other call of the system that fails is no bug either', () => {
    expect(failedCall(caught(() => readFileSync('/nowhere/at/all')))).toMatchObject({
      kind: 'environment',
      message: expect.stringContaining('/nowhere/at/all'),
    });
    expect(failedCall(new TypeError('x is undefined'))).toBeUndefined();
  });
});
