/**
 * How far a connection's reader is in what arrives: since when it has been in its state, and how many
 * bytes of an unfinished frame are held. Owns these two figures; reads nothing and ends no connection.
 */
import type { Clock } from './clock.js';
import type { MeetError } from './errors.js';
import type { FrameReader, ReadingState } from './frame-reader.js';
import type { Limits } from './limits.js';
import { deadlineFault } from './reading-deadline.js';

export class ReadingProgress {
  readonly #clock: Clock;
  #state: ReadingState = 'idle';
  #sinceMs = 0;
  #bodiesBegun = 0;
  #heldBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Bytes held for an unfinished frame. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Monotonic ms. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** The reader has got something. Returns by how many bytes more, or fewer, are held now. */
  note(reader: FrameReader): number {
    const { state, bodiesBegun = 0 } = reader;
    const heldBytes = state === 'body' ? reader.receivedBytes : 0;
    const deltaBytes = heldBytes - this.#heldBytes;
    this.#heldBytes = heldBytes;
    if (state !== this.#state || bodiesBegun !== this.#bodiesBegun) {
      this.#state = state;
      this.#bodiesBegun = bodiesBegun;
      this.#sinceMs = this.#clock.now();
    }
    return deltaBytes;
  }

  /** Nothing was read for a while, which is not the peer's delay: its time begins anew. */
  beginAgain(): void {
    this.#sinceMs = this.#clock.now();
  }

  /** MEET_HEADER_TIMEOUT or MEET_BODY_TIMEOUT of what has been arriving for too long, or none. */
  fault(reader: FrameReader, limits: Limits, nowMs: number): MeetError | undefined {
    if (this.#state === 'idle') return undefined;
    return deadlineFault(reader, limits, nowMs - this.#sinceMs);
  }

  /** What was held is no longer. */
  release(): void {
    this.#heldBytes = 0;
  }
}
