import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dataError, refusalOfMachine } from '../../src/model/failure.js';
import { repository } from '../support/cli.js';

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

  it.skipIf(process.platform !== 'linux')('a result that cannot be written ends with 74 and one line', () => {
    const shell = spawnSync('sh', ['-c', `"${process.execPath}" bin/xim.js schema > /dev/full`], {
      cwd: repository,
      encoding: 'utf8',
    });
    expect(shell.status).toBe(74);
    expect(shell.stderr).toBe('error: the result cannot be written (ENOSPC)\n');
  });
});
