/**
 * Looks at all connections in slices: where many end at once, such as those of an attacker that came
 * together, the pictures of all others pass in between. Owns the turns; ends nothing itself.
 */
import type { Clock } from '../transport/clock.js';

/** A picture may come that much later for it, which is a fifth of the time that it takes. */
const SLICE_MS = 0.1;

export class Sweep<Item> {
  readonly #clock: Clock;
  readonly #visit: (item: Item) => void;
  #turn: NodeJS.Immediate | undefined;

  constructor(clock: Clock, visit: (item: Item) => void) {
    this.#clock = clock;
    this.#visit = visit;
  }

  /**
   * Visits each item, some now and the rest in later turns of the event loop; of a collection that
   * changes meanwhile those that are still in it. Does nothing while the last sweep goes on.
   */
  begin(items: Iterable<Item>): void {
    if (this.#turn === undefined) this.#slice(items[Symbol.iterator]());
  }

  /** Visits nothing any more. */
  stop(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
  }

  #slice(items: Iterator<Item>): void {
    this.#turn = undefined;
    const untilMs = this.#clock.now() + SLICE_MS;
    for (let next = items.next(); next.done !== true; next = items.next()) {
      this.#visit(next.value);
      if (this.#clock.now() < untilMs) continue;
      this.#turn = setImmediate(() => {
        this.#slice(items);
      });
      return;
    }
  }
}
