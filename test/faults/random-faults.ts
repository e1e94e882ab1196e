/**
 * What may go wrong with a network, drawn at random: one fault alone or several at a time. Owns how
 * bad each may be; changes no network itself.
 */
import type { Random } from '../fuzz/random.js';
import type { Faults } from '../setup/fault-lane.js';

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
