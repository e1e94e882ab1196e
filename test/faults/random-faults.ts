/**
 * What may go wrong with a network, drawn at random: one fault alone or several at a time. Owns how
 * bad each may be and how they come and go; the proxies do the harm.
 */
import { systemClock } from '../../src/transport/clock.js';
import type { Random } from '../fuzz/random.js';
import type { Faults } from '../setup/fault-lane.js';
import type { FaultProxy } from '../setup/fault-proxy.js';

/** Each kind of fault by itself, at a strength drawn anew. Cuts count from a connection's first byte. */
export const FAULT_KINDS = {
  latency: (random) => ({ latencyMs: random.below(60), jitterMs: random.below(40) }),
  bandwidth: (random) => ({ bytesPerSecond: 100_000 + random.below(400_000) }),
  slicer: (random) => ({ sliceBytes: 1 + random.below(2000) }),
  'slow close': (random) => ({ slowCloseMs: random.below(400) }),
  timeout: (random) => ({ timeoutMs: 50 + random.below(300) }),
  cut: (random) => ({ cutAfterBytes: random.below(80_000) }),
  reset: (random) => ({ resetAfterBytes: random.below(80_000) }),
} as const satisfies Record<string, (random: Random) => Faults>;

export type FaultKind = keyof typeof FAULT_KINDS;

export const FAULT_NAMES = Object.keys(FAULT_KINDS) as readonly FaultKind[];

/** None, one, or up to three of these kinds together. */
export function randomFaults(random: Random, kinds: readonly FaultKind[]): Faults {
  let faults: Faults = {};
  for (let count = random.below(4); count > 0; count -= 1) {
    faults = { ...faults, ...FAULT_KINDS[random.pick(kinds)](random) };
  }
  return faults;
}

/**
 * With fewer of them faults come as rarely to each: a client whose connections never hold for 5 s waits
 * longer and longer before it comes back.
 */
const PROXIES = 9;

interface Storm {
  readonly random: Random;
  readonly ms: number;
  readonly kinds: readonly FaultKind[];
}

/** Faults of these kinds come and go at these proxies for so long, then all is well. */
export async function storm(
  proxies: readonly FaultProxy[],
  { random, ms, kinds }: Storm,
): Promise<void> {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs) {
    const proxy = random.pick(proxies);
    proxy.faults[random.below(2) === 0 ? 'up' : 'down'] = randomFaults(random, kinds);
    if (random.below(12) === 0) proxy.resetAll();
    await systemClock.sleep(
      (20 + random.below(80)) * (PROXIES / Math.min(PROXIES, proxies.length)),
    );
  }
  for (const { faults } of proxies) Object.assign(faults, { up: {}, down: {} });
}
