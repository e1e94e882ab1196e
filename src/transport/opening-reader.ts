/**
 * The first bytes of a connection, read until it is clear which framing they begin. Owns at most
 * eight bytes; decodes nothing else.
 */
import type { FrameReader, ReadingState } from './frame-reader.js';
import type { Limits } from './limits.js';
import type { Opening } from './opening.js';
import { sniffOpening } from './opening.js';
import { PREAMBLE_BYTES } from './record-header.js';
import type { StreamKind } from './stream-kind.js';

export type DecidedOpening = Exclude<Opening, 'undecided'>;

export class OpeningReader implements FrameReader {
  readonly receivedBytes = 0;
  readonly expectedBytes = 0;
  readonly #kind: StreamKind;
  readonly #limits: Limits;
  readonly #onOpening: (opening: DecidedOpening, first: Buffer) => void;
  readonly #bytes = Buffer.alloc(PREAMBLE_BYTES);
  #got = 0;

  /** `onOpening` is called once; the bytes read so far belong to the reader that comes next. */
  constructor(
    kind: StreamKind,
    limits: Limits,
    onOpening: (opening: DecidedOpening, first: Buffer) => void,
  ) {
    this.#kind = kind;
    this.#limits = limits;
    this.#onOpening = onOpening;
  }

  get state(): ReadingState {
    return this.#got === 0 ? 'idle' : 'header';
  }

  window(): Buffer {
    return this.#bytes.subarray(this.#got);
  }

  advance(count: number): void {
    this.#got += count;
    const first = this.#bytes.subarray(0, this.#got);
    const opening = sniffOpening(this.#kind, first, this.#limits);
    if (opening === 'undecided' && this.#got < PREAMBLE_BYTES) return;
    this.#onOpening(opening === 'undecided' ? 'foreign' : opening, first);
  }
}
