import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MeetError } from '../../src/transport/errors.js';
import { HalfReceivedBudget } from '../../src/transport/half-received.js';
import type { HalfReceiver } from '../../src/transport/half-received.js';
import { limitsWith } from '../../src/transport/limits.js';

const LIMIT = 64 * 1024;

/** A connection that holds so much since then. */
class Holder implements HalfReceiver {
  heldBytes = 0;
  fault: MeetError | undefined;
  readonly heldSinceMs: number;
  readonly #budget: HalfReceivedBudget;

  constructor(budget: HalfReceivedBudget, heldSinceMs: number) {
    this.#budget = budget;
    this.heldSinceMs = heldSinceMs;
    budget.enter(this);
  }

  hold(bytes: number): void {
    if (this.fault !== undefined) return;
    this.heldBytes += bytes;
    this.#budget.change(bytes);
  }

  fail(fault: MeetError): void {
    this.fault = fault;
    this.leave();
  }

  leave(): void {
    this.#budget.leave(this, this.heldBytes);
    this.heldBytes = 0;
  }
}

function budget(): HalfReceivedBudget {
  return new HalfReceivedBudget(limitsWith({ 'half-received-bytes': LIMIT }));
}

describe('HalfReceivedBudget', () => {
  it('ends the connection whose frame began first, and only that one', () => {
    const all = budget();
    const [young, old, idle] = [new Holder(all, 30), new Holder(all, 10), new Holder(all, 5)];
    old.hold(100);
    young.hold(LIMIT - 100);
    expect([old.fault, young.fault]).toEqual([undefined, undefined]);
    young.hold(1);
    expect(old.fault?.code).toBe('MEET_HALF_RECEIVED');
    expect(old.fault?.message).toContain(`${LIMIT + 1} bytes, limit is ${LIMIT}`);
    expect([young.fault, idle.fault]).toEqual([undefined, undefined]);
    expect(all.heldBytes).toBe(LIMIT - 99);
  });

  it('ends as many as it takes', () => {
    const all = budget();
    const small = Array.from({ length: 4 }, (_, at) => new Holder(all, at));
    for (const holder of small) holder.hold(LIMIT / 4);
    const large = new Holder(all, 100);
    large.hold(LIMIT / 2);
    expect(small.map(({ fault }) => fault !== undefined)).toEqual([true, true, false, false]);
    expect(all.heldBytes).toBe(LIMIT);
  });

  it('ends the one that grows when it is the only one', () => {
    const all = budget();
    const holder = new Holder(all, 1);
    holder.hold(LIMIT + 1);
    expect(holder.fault?.code).toBe('MEET_HALF_RECEIVED');
    expect(all.heldBytes).toBe(0);
  });

  it('counts right and never holds more than its limit, whoever comes, goes and grows', () => {
    const step = fc.record({
      who: fc.nat(5),
      bytes: fc.integer({ min: -LIMIT, max: LIMIT }),
      leaves: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const all = budget();
        const holders = Array.from({ length: 6 }, (_, at) => new Holder(all, at * 10));
        for (const { who, bytes, leaves } of steps) {
          const holder = holders[who];
          if (holder === undefined) continue;
          if (leaves && bytes < 0) {
            holder.leave();
            holders[who] = new Holder(all, who * 10 + 1);
          } else holder.hold(Math.max(bytes, -holder.heldBytes));
          const held = holders.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
          expect(all.heldBytes).toBe(held);
          expect(held).toBeLessThanOrEqual(LIMIT);
        }
      }),
    );
  });
});
