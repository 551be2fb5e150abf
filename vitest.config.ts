import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/sampleFolder.ts'],
    setupFiles: ['test/support/setup.ts'],
    // For machines that are busy: a test has no bound on its time but that it ends.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    pool: 'forks',
    // Many tests wait for a process of their own: on two cores, too, two files at a time are done sooner.
    poolOptions: { forks: { maxForks: Math.max(2, availableParallelism() - 1) } },
    reporters: ['default'],
  },
});
