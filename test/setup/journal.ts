/**
 * A list that tests can wait on: what happened, in order, and a promise for what is still to happen.
 * Owns its entries; never looks at a clock.
 */
export class Journal<Entry> {
  readonly entries: Entry[] = [];
  readonly #waiting = new Set<() => void>();
  #over: Error | undefined;

  push(entry: Entry): void {
    this.entries.push(entry);
    this.#wake();
  }

  /** No more entries come: whoever waits, or will wait, for more is rejected with `why`. */
  end(why: string): void {
    this.#over ??= new Error(why);
    this.#wake();
  }

  /** Resolves with the first entry from index `from` on that matches, also a past one. */
  first(matches: (entry: Entry) => boolean, from = 0): Promise<Entry> {
    return this.#until(() => this.entries.slice(from).find(matches));
  }

  /** Resolves when at least `count` entries match; gives all that match by then. */
  async several(count: number, matches: (entry: Entry) => boolean = () => true): Promise<Entry[]> {
    return this.#until(() => {
      const found = this.entries.filter(matches);
      return found.length < count ? undefined : found;
    });
  }

  #until<Found>(look: () => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const attempt = (): void => {
        const found = look();
        if (found === undefined && this.#over === undefined) return;
        this.#waiting.delete(attempt);
        if (found !== undefined) resolve(found);
        else reject(this.#over ?? new Error('over'));
      };
      this.#waiting.add(attempt);
      attempt();
    });
  }

  #wake(): void {
    for (const attempt of [...this.#waiting]) attempt();
  }
}
