/**
 * Decodes one connection of the older plain framing: length, body, length, body, … Owns these two
 * states and the checks that need no decoding; never runs or parses a pickle, reads no socket.
 *
 *   length ──complete, within its limit──> body ──complete, of the right form──> onBody
 *     ^                                                                             │
 *     └─────────────────────────────────────────────────────────────────────────────┘
 *
 * Each frame gets one buffer with the record header's room in front, so that a JPEG or a chunk of
 * sound becomes a Frame in place, and a pickle goes to a worker without a copy.
 */
import { MeetError } from '../errors.js';
import type { FrameReader, ReadingState } from '../frame-reader.js';
import { SMALL_RECORD_BYTES } from '../frame-reader.js';
import { readJpegSize, requireJpegStart, requirePictureSize } from '../jpeg-header.js';
import type { Limits } from '../limits.js';
import { RECORD_HEADER_BYTES } from '../record-header.js';
import type { StreamKind } from '../stream-kind.js';
import { OLDER_LENGTH_BYTES, readOlderLength } from './older-length.js';
import { requirePickleStart } from './pickle-reader.js';

/** Bytes after which a body's beginning is judged: JPEG's SOI, a pickle's PROTO and version. */
const BODY_START_BYTES = 2;
/** Two channels of int16: the older sound is 44100 Hz stereo s16le. */
const SOUND_SAMPLE_BYTES = 4;

export interface OlderReaderOptions {
  readonly kind: StreamKind;
  readonly limits: Limits;
  /**
   * A whole frame: 32 bytes of room (not initialised), then the body: a JPEG whose size is within
   * the limits, a pickle (not parsed yet), or whole stereo samples. `record` has an ArrayBuffer of
   * its own and belongs to the callee, who may transfer it.
   */
  onBody(record: Buffer): void;
}

/**
 * The FrameReader of the older framing. `advance` throws MEET_FRAME_TOO_LARGE before anything is
 * allocated, MEET_FRAME_MALFORMED, MEET_PICTURE_TOO_LARGE, MEET_PICKLE_REFUSED for a body that does
 * not begin as a pickle; what `onBody` throws passes through.
 */
export class OlderReader implements FrameReader {
  readonly #options: OlderReaderOptions;
  readonly #length: Buffer;
  #record: Buffer | undefined;
  /** Bytes of the length, or of the body, that have arrived. */
  #received = 0;
  #smallRecords = 0;

  constructor(options: OlderReaderOptions) {
    this.#options = options;
    this.#length = Buffer.alloc(OLDER_LENGTH_BYTES[options.kind]);
  }

  get state(): ReadingState {
    if (this.#record !== undefined) return 'body';
    return this.#received === 0 ? 'idle' : 'header';
  }

  get receivedBytes(): number {
    return this.#record === undefined ? 0 : this.#received;
  }

  get expectedBytes(): number {
    return this.#record === undefined ? 0 : this.#record.length - RECORD_HEADER_BYTES;
  }

  get smallRecords(): number {
    return this.#smallRecords;
  }

  window(): Buffer {
    return this.#record === undefined
      ? this.#length.subarray(this.#received)
      : this.#record.subarray(RECORD_HEADER_BYTES + this.#received);
  }

  advance(count: number): void {
    const before = this.#received;
    this.#received += count;
    if (this.#record === undefined) this.#advanceLength();
    else this.#advanceBody(this.#record, before);
  }

  #advanceLength(): void {
    if (this.#received < this.#length.length) return;
    const bodyBytes = readOlderLength(this.#options.kind, this.#length, this.#options.limits);
    // Not from Buffer's pool: the record must be transferable on its own.
    this.#record = Buffer.allocUnsafeSlow(RECORD_HEADER_BYTES + bodyBytes);
    if (bodyBytes < SMALL_RECORD_BYTES) this.#smallRecords += 1;
    this.#received = 0;
  }

  #advanceBody(record: Buffer, before: number): void {
    const body = record.subarray(RECORD_HEADER_BYTES);
    // Noise behind a plausible length is refused at once, not after the whole body.
    if (before < BODY_START_BYTES && this.#received >= BODY_START_BYTES) this.#requireStart(body);
    if (this.#received < body.length) return;
    this.#requireWhole(body);
    this.#record = undefined;
    this.#received = 0;
    this.#options.onBody(record);
  }

  #requireStart(body: Buffer): void {
    if (this.#options.kind === 'screen') requireJpegStart(body);
    else if (this.#options.kind === 'video') requirePickleStart(body);
  }

  #requireWhole(body: Buffer): void {
    const { kind, limits } = this.#options;
    if (kind === 'screen') requirePictureSize(readJpegSize(body), limits);
    else if (kind === 'video') requirePickleStart(body);
    else if (body.length % SOUND_SAMPLE_BYTES !== 0) {
      throw new MeetError(
        'MEET_FRAME_MALFORMED',
        `audio frame is ${body.length} bytes, expected a multiple of ${SOUND_SAMPLE_BYTES} ` +
          '(int16, 2 channels)',
      );
    }
  }
}
