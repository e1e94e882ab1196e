/**
 * Peers from beyond this machine, on this machine: addresses of the range for benchmarks (RFC 2544,
 * 198.18.0.0/15), which the kernel takes as its own but nobody as loopback. Owns the range, which goes
 * when the file's tests have ended. Linux, as root: ask `needs('ip')` before.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';

const run = promisify(execFile);

/** A range for each process that runs tests: workers run beside each other. */
const NETWORK = `198.18.${process.pid % 250}`;

/** Of IPv6 (RFC 4193): `network` is a /64 of it. */
const NETWORKS = `fdcc:${(process.pid % 0xffff).toString(16)}:0`;

/**
 * Addresses of IPv6 of two networks of 64 bits, each of three hosts, from 1 on: of such a network the
 * kernel takes none as its own that it was not told of.
 */
export function useElsewhere6(): { readonly address: (network: number, host: number) => string } {
  const address = (network: number, host: number): string => `${NETWORKS}:${network}::${host}`;
  const all = [1, 2].flatMap((network) => [1, 2, 3].map((host) => address(network, host)));
  beforeAll(async () => {
    for (const each of all) {
      await run('ip', ['-6', 'address', 'replace', `${each}/128`, 'dev', 'lo', 'nodad']);
    }
  });
  afterAll(async () => {
    for (const each of all) await run('ip', ['-6', 'address', 'del', `${each}/128`, 'dev', 'lo']);
  });
  return { address };
}

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

/** Whether loopback may have addresses of IPv6 here. */
export function speaksIpv6(): boolean {
  const off = '/proc/sys/net/ipv6/conf/lo/disable_ipv6';
  return existsSync(off) && readFileSync(off, 'utf8').trim() === '0';
}
