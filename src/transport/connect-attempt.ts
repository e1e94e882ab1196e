/**
 * The time that a client gives one attempt to connect. Owns its timer and its signal; opens nothing.
 */
import type { Clock } from './clock.js';

export interface AttemptOptions {
  /** The owner's: an abort ends the attempt. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Time for TCP and the handshake together, in ms. */
export const CONNECT_TIMEOUT_MS = 5000;

/**
 * The time of one attempt: its signal aborts when the time is over or the owner's signal aborts. Not
 * AbortSignal.any, which leaves some 100 bytes with the owner's signal for each attempt (Node 20).
 */
export class ConnectAttempt {
  late = false;
  readonly end: () => void;
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  #cancel: () => void;

  constructor({ signal, clock }: AttemptOptions) {
    this.#clock = clock;
    const onAbort = (): void => {
      this.#controller.abort(signal.reason);
    };
    this.#cancel = clock.after(CONNECT_TIMEOUT_MS, () => {
      this.late = true;
      this.#controller.abort();
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    this.end = () => {
      this.#cancel();
      signal.removeEventListener('abort', onAbort);
    };
  }

  /** The daemon has answered: from here on it is not its time that runs. `ms` may be Infinity. */
  waitFor(ms: number, onOver: () => void): void {
    this.#cancel();
    this.#cancel = Number.isFinite(ms) ? this.#clock.after(ms, onOver) : () => undefined;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
}
