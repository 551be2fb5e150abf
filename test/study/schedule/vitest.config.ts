import { defineConfig } from 'vitest/config';

/** Schedules where the truth is known: every file works out one market, the table is written when all are there. */
export default defineConfig({
  test: {
    include: ['test/study/schedule/*.study.ts'],
    testTimeout: 3_600_000,
    pool: 'forks',
    poolOptions: { forks: { minForks: 2, maxForks: 2 } },
    reporters: ['default'],
    globalSetup: 'test/study/schedule/writeTable.ts',
  },
});
