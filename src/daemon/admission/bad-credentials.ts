/**
 * Addresses that give bad credentials: refused for a while once there were too many. Owns the counts,
 * by address or IPv6 /64; closes nothing itself.
 */
import type { Clock } from '../../transport/clock.js';
import { MeetError } from '../../transport/errors.js';
import type { Limits } from '../../transport/limits.js';
import { addressGroup } from '../../transport/network-address.js';
import { forgetOldest } from '../oldest.js';

/** Addresses that are remembered; beyond that the one that came first is forgotten. */
const MOST_ADDRESSES = 10_000;

interface Record {
  /** Monotonic ms of the newest ones, at most as many as the limit. */
  readonly atMs: number[];
  refusedUntilMs: number;
}

export class BadCredentials {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #records = new Map<string, Record>();

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** One more of this address. */
  note(address: string): void {
    const nowMs = this.#clock.now();
    const group = addressGroup(address);
    const record = this.#records.get(group) ?? { atMs: [], refusedUntilMs: -Infinity };
    this.#records.delete(group);
    this.#records.set(group, record);
    const sinceMs = nowMs - this.#limits['bad-credentials-ms'];
    while ((record.atMs[0] ?? Infinity) < sinceMs) record.atMs.shift();
    record.atMs.push(nowMs);
    if (record.atMs.length >= this.#limits['bad-credentials']) {
      record.refusedUntilMs = nowMs + this.#limits['refused-ms'];
      record.atMs.length = 0;
    }
    forgetOldest(this.#records, MOST_ADDRESSES);
  }

  /** Why nobody of this address is heard now, and for how long; undefined: it is. */
  refusal(address: string): { fault: MeetError; retryAfterMs: number } | undefined {
    const group = addressGroup(address);
    const leftMs = (this.#records.get(group)?.refusedUntilMs ?? -Infinity) - this.#clock.now();
    if (leftMs <= 0) return undefined;
    const words = `${group} gave bad credentials too often and is refused for ${Math.ceil(leftMs / 1000)} s more`;
    return { fault: new MeetError('MEET_ADDRESS_REFUSED', words), retryAfterMs: Math.ceil(leftMs) };
  }
}
