/**
 * Peers from beyond this machine, on this machine: addresses of the range for benchmarks (RFC 2544,
 * 198.18.0.0/15), which the kernel takes as its own but nobody as loopback. Owns the range, which goes
 * when the file's tests have ended. Linux, as root: ask `needs('ip')` before.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';

const run = promisify(execFile);

/** A range for each process that runs tests: workers run beside each other. */
const NETWORK = `198.18.${process.pid % 250}`;

/** `useElsewhere()` at the top of a suite; then `address(7)` may be a client's `localAddress`. */
export function useElsewhere(): { readonly address: (host: number) => string } {
  const range = `${NETWORK}.0/24`;
  beforeAll(async () => {
    await run('ip', ['address', 'replace', range, 'dev', 'lo']);
  });
  afterAll(async () => {
    await run('ip', ['address', 'del', range, 'dev', 'lo']);
  });
  return { address: (host) => `${NETWORK}.${host}` };
}
