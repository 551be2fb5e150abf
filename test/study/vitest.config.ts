import { defineConfig } from 'vitest/config';

/** The Monte Carlo study: every file works out the cases of one size, the table is written when all are there. */
export default defineConfig({
  test: {
    include: ['test/study/*.study.ts'],
    testTimeout: 3_600_000,
    pool: 'forks',
    poolOptions: { forks: { minForks: 2, maxForks: 2 } },
    reporters: ['default'],
    globalSetup: 'test/study/writeTable.ts',
  },
});
