import { defineConfig } from 'vitest/config';
import { setExtraCertificatesAside } from './test/setup/extra-certificates.js';
import { LongestFirst } from './test/setup/longest-first.js';

setExtraCertificatesAside();

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Not how fast a test is to be: one that starts ten programs takes 30 s where others take the cores.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    setupFiles: ['./test/setup/name-worker.ts'],
    reporters: [
      'default',
      './test/setup/closing-line-reporter.ts',
      './test/setup/stuck-file-reporter.ts',
    ],
  },
});
