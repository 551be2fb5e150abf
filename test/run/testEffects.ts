import type { Effects } from '../../src/run/effects.js';

export interface TestEffects extends Effects {
  /** Stages announced so far. */
  readonly stages: string[];
  readonly warnings: string[];
}

/** The world as a test wants it: a clock that stands still, a process and a user of its own, nothing on the terminal. */
export function testEffects(temporaryFolder: string): TestEffects {
  const stages: string[] = [];
  const warnings: string[] = [];
  return {
    pid: 4242424,
    host: 'test-host',
    user: 'test-user',
    now: () => new Date('2031-07-08T09:10:11.123Z'),
    isAlive: () => false,
    temporaryFolder,
    stages,
    warnings,
    stage: (text) => stages.push(text),
    warn: (text) => warnings.push(text),
    startBlasHelper: () => {},
    pauseBlasHelper: () => {},
  };
}
