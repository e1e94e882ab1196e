/**
 * Numbers for the fuzz runs: seeded, so that a failure can be repeated, and cheap, so that ten million
 * inputs are a matter of minutes. Owns the generator; Marsaglia's xorshift with 32 bits.
 */
export class Random {
  #state: number;

  /** Any integer but 0 modulo 2^32 gives its own sequence. */
  constructor(seed: number) {
    this.#state = seed >>> 0 === 0 ? 1 : seed >>> 0;
  }

  /** The state: `new Random(state)` goes on from here. */
  get state(): number {
    return this.#state;
  }

  u32(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state;
  }

  /** An integer from 0 to `below` - 1. */
  below(below: number): number {
    return this.u32() % below;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }
}
