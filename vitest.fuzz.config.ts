import { defineConfig } from 'vitest/config';

/**
 * The boxes of time of the parsers (`npm run test:fuzz`), one file each so that they run beside each
 * other; MEET_FUZZ_SECONDS says how long each is.
 */
export default defineConfig({
  test: {
    include: ['test/fuzz/**/*.fuzz.ts'],
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['verbose'],
  },
});
