import { defineConfig } from 'vitest/config';

/** Would cross-aware scheduling have paid, in worlds where it is known. */
export default defineConfig({
  test: { include: ['test/study/replay/*.study.ts'], testTimeout: 7_200_000, reporters: ['default'] },
});
