/**
 * Lets one loop wait until somebody has something for it. Owns nothing but that flag: a call that
 * comes while the loop works is not lost, and many calls are one.
 */
export class Wakeup {
  #due = false;
  #go: (() => void) | undefined;

  wake(): void {
    this.#due = true;
    this.#go?.();
  }

  /** Resolves at once if `wake` was called since the last wait. For one waiter. */
  async wait(): Promise<void> {
    if (!this.#due) {
      await new Promise<void>((resolve) => {
        this.#go = resolve;
      });
    }
    this.#go = undefined;
    this.#due = false;
  }
}
