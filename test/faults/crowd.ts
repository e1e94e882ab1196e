/** Many sharers at once for tests, each with its own place. Owns how many, and the limits that let them in. */
import { expect } from 'vitest';
import type { FaultProxy } from '../setup/fault-proxy.js';
import { portsText } from '../setup/meet-program.js';
import type { SharingOptions } from '../transport/sharing.js';
import { Sharing } from '../transport/sharing.js';

export const CLIENTS = 500;
/** From the loss, or from when the daemon is there again. */
export const BACK_WITHIN_MS = 30_000;
/** Of the daemon. */
export const LIMITS = { connections: 600, 'connections-per-address': 600 };
const TOGETHER = 50;

/** So many sharers, each with its own place. */
export async function crowd(
  port: number,
  more: (at: number) => Partial<SharingOptions> = () => ({}),
): Promise<Sharing[]> {
  const sharers: Sharing[] = [];
  while (sharers.length < CLIENTS) {
    const from = sharers.length;
    const some = Array.from(
      { length: TOGETHER },
      (_, at) => new Sharing({ port, random: Math.random, ...more(from + at) }),
    );
    await Promise.all(some.map(({ stream }) => stream.start()));
    sharers.push(...some);
  }
  return sharers;
}

/** Of a daemon that takes them. */
export function meetdArgs(ports: Parameters<typeof portsText>[0]): string[] {
  const limits = Object.entries(LIMITS).flatMap(([name, value]) => ['--limit', `${name}=${value}`]);
  return ['--json', '--stats', '--no-record', '--ports', portsText(ports), ...limits];
}

/** How many have a connection now. */
export function connectedOf(sharers: readonly Sharing[]): number {
  return sharers.filter(({ stream }) => stream.connected).length;
}

/** All lose their connections at once; each is back in time, as the participant that it was. */
export async function expectBack(proxy: FaultProxy, sharers: readonly Sharing[]): Promise<void> {
  const beganMs = performance.now();
  proxy.resetAll();
  await Promise.all(sharers.map(({ lost }) => lost.several(1)));
  await expect
    .poll(() => connectedOf(sharers), { timeout: BACK_WITHIN_MS, interval: 50 })
    .toBe(sharers.length);
  expect(performance.now() - beganMs).toBeLessThan(BACK_WITHIN_MS);
  for (const { opened } of sharers) {
    expect(new Set(opened.entries.map(({ participant }) => participant)).size).toBe(1);
  }
}
