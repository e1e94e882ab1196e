/**
 * The line that says what became of a request, and the requests that have no answer yet. Owns how long it
 * stays and how many may be open; knows no meeting.
 */
import type { Clock } from '../../transport/clock.js';
import type { Outcome } from '../meeting.js';
import { printable } from './printable-text.js';
import type { StateStore } from './state-store.js';

/** How long a line stays. */
const NOTICE_MS = 5000;
/** Longest line, in UTF-16 units. */
export const NOTICE_UNITS_MAX = 200;
/** Requests that may be unanswered at a time. */
const ASKED_MAX = 8;

export class Notices {
  readonly #store: StateStore;
  readonly #clock: Clock;
  #asked = 0;
  #forget: (() => void) | undefined;
  #closed = false;

  constructor(store: StateStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Shows a line for a while, in the place of the one before. */
  show(words: string): void {
    if (this.#closed) return;
    this.#forget?.();
    this.#store.set({ notice: printable(words, NOTICE_UNITS_MAX) });
    this.#forget = this.#clock.after(NOTICE_MS, () => {
      this.#store.set({ notice: undefined });
    });
  }

  /** Shows the answer to a request when it comes. */
  ask(request: () => Promise<Outcome>): void {
    if (this.#asked >= ASKED_MAX) {
      this.show('still waiting for an answer');
      return;
    }
    this.#asked += 1;
    request()
      .then(
        ({ ok, message }) => (ok ? message : `not done: ${message}`),
        (thrown: unknown) =>
          `not done: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      )
      .then((words) => {
        this.#asked -= 1;
        if (words !== '') this.show(words);
      })
      .catch(() => undefined);
  }

  /** Idempotent: no timer is left, and no late answer is shown. */
  close(): void {
    this.#closed = true;
    this.#forget?.();
  }
}
