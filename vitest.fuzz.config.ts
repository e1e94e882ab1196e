import { defineConfig } from 'vitest/config';

/** The long run of the parsers (`npm run test:fuzz`); MEET_FUZZ_RUNS says how many inputs. */
export default defineConfig({
  test: {
    include: ['test/fuzz/**/*.fuzz.ts'],
    pool: 'forks',
    reporters: ['verbose'],
  },
});
