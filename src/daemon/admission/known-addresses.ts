/**
 * Addresses of those who were let in, now or in the last hour: when strangers flood a port, whoever
 * comes back from there goes before them. Owns the list, and how many each address may bring so: who
 * floods from the address of a participant takes that address's part and nobody else's, and after a
 * breach of the protocol an address is a stranger's again until somebody of it was let in anew.
 */
import { Allowance } from '../../transport/allowance.js';
import type { Clock } from '../../transport/clock.js';
import type { Limits } from '../../transport/limits.js';
import { addressGroup } from '../../transport/network-address.js';
import { forgetOldest } from '../oldest.js';

const KNOWN_MS = 3_600_000;
/** Addresses that are remembered; beyond that the one that was seen longest ago is forgotten. */
const MOST_ADDRESSES = 10_000;
const LISTENERS = 3;
/** All connections of an address may come twice at once, and then a quarter of them each second. */
const BURST = 2;
const PER_SECOND = 0.25;

interface Known {
  /** Monotonic ms. */
  seenMs: number;
  isDistrusted: boolean;
  /** Made when it is first needed. */
  newcomers: Allowance | undefined;
}

export class KnownAddresses {
  readonly #clock: Clock;
  readonly #limits: Limits;
  /** By address or IPv6 /64, the one that was seen longest ago first. */
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Somebody from there was let in, or has just been here. */
  note(address: string): void {
    const group = addressGroup(address);
    const newcomers = this.#known.get(group)?.newcomers;
    this.#known.delete(group);
    this.#known.set(group, { seenMs: this.#clock.now(), isDistrusted: false, newcomers });
    forgetOldest(this.#known, MOST_ADDRESSES);
  }

  /** Somebody from there broke the protocol. What is used up of its part stays so. */
  distrust(address: string): void {
    const known = this.#known.get(addressGroup(address));
    if (known !== undefined) known.isDistrusted = true;
  }

  has(address: string): boolean {
    return this.#get(address) !== undefined;
  }

  /** Takes one more connection out of that address's own part. False: it has none, or it is used up. */
  spend(address: string): boolean {
    const known = this.#get(address);
    if (known === undefined) return false;
    const most = LISTENERS * this.#limits['connections-per-address'];
    known.newcomers ??= new Allowance(BURST * most, PER_SECOND * most, this.#clock);
    return known.newcomers.spendWhole(1);
  }

  #get(address: string): Known | undefined {
    const group = addressGroup(address);
    const known = this.#known.get(group);
    if (known === undefined || known.isDistrusted) return undefined;
    if (this.#clock.now() - known.seenMs <= KNOWN_MS) return known;
    this.#known.delete(group);
    return undefined;
  }
}
