/**
 * The sessions that the host has sent away and that are refused from then on. Owns which ones, up to a
 * bound; closes no connection.
 */

/** Beyond so many the oldest is forgotten. */
const MOST_KICKED = 10_000;

export class KickedSessions {
  readonly #sessions = new Set<string>();

  add(session: string): void {
    this.#sessions.add(session);
    for (const oldest of this.#sessions) {
      if (this.#sessions.size <= MOST_KICKED) break;
      this.#sessions.delete(oldest);
    }
  }

  has(session: string): boolean {
    return this.#sessions.has(session);
  }
}
