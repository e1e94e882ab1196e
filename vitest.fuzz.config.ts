import { defineConfig } from 'vitest/config';

/** Nothing in a box runs without a limit of its own for so long, beside the box itself. */
const STUCK_MS = 1000 * (300 + 4 * Number(process.env.MEET_FUZZ_SECONDS ?? 600));

/**
 * The boxes of time of the parsers (`npm run test:fuzz`), one file each so that they run beside each
 * other; MEET_FUZZ_SECONDS says how long each is.
 */
export default defineConfig({
  test: {
    include: ['test/fuzz/**/*.fuzz.ts'],
    pool: 'forks',
    maxWorkers: 2,
    setupFiles: ['./test/setup/name-worker.ts'],
    reporters: ['verbose', ['./test/setup/stuck-file-reporter.ts', { stuckMs: STUCK_MS }]],
  },
});
