import { defineConfig } from 'vitest/config';

/** What orders cost where the truth is known: every file works out the worlds of one size and adds its rows to the table. */
export default defineConfig({
  test: {
    include: ['test/study/orders/*.study.ts'],
    testTimeout: 7_200_000,
    pool: 'forks',
    poolOptions: { forks: { minForks: 2, maxForks: 2 } },
    reporters: ['default'],
    globalSetup: 'test/study/orders/writeTable.ts',
  },
});
