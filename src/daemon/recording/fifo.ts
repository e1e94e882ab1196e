/**
 * A first-in, first-out list that takes from its front without moving the rest. Owns nothing but the
 * order; whoever uses it bounds it.
 */

/** Taken places are given back once there are this many of them and they are the greater part. */
const COMPACT_AT = 1024;

export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The oldest without taking it, or undefined when there is none. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** Takes the oldest, or undefined when there is none. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) this.#forget(this.#head);
    else if (this.#head >= COMPACT_AT && this.#head * 2 > this.#items.length) {
      this.#forget(this.#head);
    }
    return item;
  }

  #forget(count: number): void {
    this.#items = this.#items.slice(count);
    this.#head = 0;
  }
}
