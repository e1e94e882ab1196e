/**
 * Addresses of which somebody broke the protocol or let the daemon wait for bytes, of late: what comes
 * from there takes turns. Owns the list, by address or IPv6 /64, and when each had its last turn; holds
 * no connection.
 */
import type { Clock } from '../../transport/clock.js';
import type { Limits } from '../../transport/limits.js';
import { addressGroup } from '../../transport/network-address.js';
import { forgetOldest } from '../oldest.js';

/** Addresses that are remembered; beyond that the one that was heard of longest ago is forgotten. */
const MOST_ADDRESSES = 10_000;

/** One of them, for as long as it is remembered. */
export interface DistrustedAddress {
  /** Monotonic ms. */
  untilMs: number;
  /** When one from there was cut last, in monotonic ms. */
  cutMs: number;
  /** When somebody from there was let in last; -Infinity: nobody. */
  letInMs: number;
  /** When one from there was last let through, or first cut, in monotonic ms: the least is next. */
  turnMs: number;
}

export class DistrustedAddresses {
  readonly #clock: Clock;
  readonly #limits: Limits;
  /** The one that was heard of longest ago first. */
  readonly #distrusted = new Map<string, DistrustedAddress>();

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** A connection from there was cut for what it did. */
  note(address: string): void {
    const nowMs = this.#clock.now();
    const group = addressGroup(address);
    const known = this.#distrusted.get(group) ?? {
      untilMs: nowMs,
      cutMs: nowMs,
      letInMs: -Infinity,
      turnMs: nowMs,
    };
    known.cutMs = nowMs;
    known.untilMs = nowMs + this.#limits['distrusted-ms'];
    this.#distrusted.delete(group);
    this.#distrusted.set(group, known);
    forgetOldest(this.#distrusted, MOST_ADDRESSES);
  }

  /** Somebody from there was let in. */
  noteLetIn(address: string): void {
    const known = this.#distrusted.get(addressGroup(address));
    if (known !== undefined) known.letInMs = this.#clock.now();
  }

  /** Undefined: nothing is held against it. */
  get(address: string): DistrustedAddress | undefined {
    const group = addressGroup(address);
    const distrusted = this.#distrusted.get(group);
    if (distrusted === undefined || this.#clock.now() < distrusted.untilMs) return distrusted;
    this.#distrusted.delete(group);
    return undefined;
  }
}
