import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['peer/tests/*.test.ts'],
    setupFiles: ['peer/tests/support/setup.ts'],
    // The live test starts real nodes; a process each keeps their IndexedDB apart as well.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
