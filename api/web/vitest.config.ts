import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['peer/tests/*.test.ts', 'app/tests/*.test.ts'],
    setupFiles: ['peer/tests/support/setup.ts'],
    // The live test starts real nodes; a process each keeps their IndexedDB apart as well.
    pool: 'forks',
    // A busy machine may take its time; what hangs is ended by ctest.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
