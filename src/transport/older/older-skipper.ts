/**
 * Reads past the frames of an older client that is not let in yet: length, body, length, body, … Owns
 * where one ends, so that the first frame after the admission is a whole one; keeps none of them.
 *
 *   length ──within its limit──> body, into one small buffer that all of it goes through ──┐
 *     ^── released? onReleased ────────────────────────────────────────────────────────────┘
 */
import type { FrameReader, ReadingState } from '../frame-reader.js';
import type { Limits } from '../limits.js';
import type { StreamKind } from '../stream-kind.js';
import { OLDER_LENGTH_BYTES, readOlderLength } from './older-length.js';

/** All connections skip into the same bytes: nobody reads them. */
const SCRATCH = Buffer.allocUnsafeSlow(16 * 1024);

const NOTHING = Buffer.alloc(0);

export class OlderSkipper implements FrameReader {
  readonly #kind: StreamKind;
  readonly #limits: Limits;
  readonly #onReleased: (length: Buffer) => void;
  readonly #length: Buffer;
  #gotLength = 0;
  #bodyBytes = 0;
  #gotBody = 0;
  #isReleased = false;

  /**
   * `onReleased` is called once, between two frames, from within `advance`; `length` is what was read
   * of the next frame.
   */
  constructor(kind: StreamKind, limits: Limits, onReleased: (length: Buffer) => void) {
    this.#kind = kind;
    this.#limits = limits;
    this.#onReleased = onReleased;
    this.#length = Buffer.alloc(OLDER_LENGTH_BYTES[kind]);
  }

  get state(): ReadingState {
    if (this.#bodyBytes > 0) return 'body';
    return this.#gotLength === 0 ? 'idle' : 'header';
  }

  get receivedBytes(): number {
    // Nothing is held, however much has come.
    return 0;
  }

  get expectedBytes(): number {
    return this.#bodyBytes;
  }

  window(): Buffer {
    if (this.#bodyBytes === 0) return this.#length.subarray(this.#gotLength);
    return SCRATCH.subarray(0, Math.min(SCRATCH.length, this.#bodyBytes - this.#gotBody));
  }

  /** Throws MEET_FRAME_TOO_LARGE and MEET_FRAME_MALFORMED, as OlderReader does. */
  advance(count: number): void {
    if (this.#bodyBytes === 0) {
      this.#gotLength += count;
      if (this.#gotLength < this.#length.length) return;
      this.#bodyBytes = readOlderLength(this.#kind, this.#length, this.#limits);
      this.#gotLength = 0;
      this.#gotBody = 0;
      if (this.#isReleased) this.#onReleased(this.#length);
      return;
    }
    this.#gotBody += count;
    if (this.#gotBody < this.#bodyBytes) return;
    this.#bodyBytes = 0;
    if (this.#isReleased) this.#onReleased(NOTHING);
  }

  /**
   * From the next frame on somebody else reads. Not at once: the socket may already have been told
   * where the next bytes go.
   */
  release(): void {
    this.#isReleased = true;
  }
}
