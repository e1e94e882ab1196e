/**
 * The bits of a JPEG's scan without what is stuffed between them, so that any of them can be read at
 * once. Owns that copy, which is made into the same memory for each picture.
 */

/** Zeros that a block may read beyond the end: 64 codes of 16 bits with values of up to 16. */
const PADDING_BYTES = (64 * (16 + 16)) / 8 + 8;
/** Markers within a scan (ITU-T T.81, table B.1). */
const RST_FIRST = 0xd0;
const RST_LAST = 0xd7;

export class ScanBits {
  #bytes = Buffer.alloc(PADDING_BYTES);
  #view = viewOf(this.#bytes);
  #endBit = 0;
  /** Where each part after a restart begins. */
  #restarts: number[] = [];

  /** The first bit after the last. */
  get endBit(): number {
    return this.#endBit;
  }

  /** Where the part after a restart begins, the first one being 0; undefined when there is none. */
  restartBit(index: number): number | undefined {
    return this.#restarts[index];
  }

  /** What `sixteen` reads. */
  get view(): DataView {
    return this.#view;
  }

  /** Copies the scan that begins at `from`: 0xff is followed by 0 there, or by a marker (B.1.1.5). */
  take(jpeg: Buffer, from: number): void {
    const needed = jpeg.length - from + PADDING_BYTES;
    if (this.#bytes.length < needed) {
      this.#bytes = Buffer.allocUnsafeSlow(needed * 2);
      this.#view = viewOf(this.#bytes);
    }
    this.#restarts = [];
    let length = 0;
    let at = from;
    for (;;) {
      const found = jpeg.indexOf(0xff, at);
      const stop = found === -1 ? jpeg.length : found;
      const follows = jpeg[stop + 1];
      const isStuffed = follows === 0;
      length += jpeg.copy(this.#bytes, length, at, isStuffed ? stop + 1 : stop);
      at = stop + 2;
      if (isStuffed) continue;
      if (follows === undefined || follows < RST_FIRST || follows > RST_LAST) break;
      this.#restarts.push(length * 8);
    }
    this.#bytes.fill(0, length, length + PADDING_BYTES);
    this.#endBit = length * 8;
  }
}

/** The 16 bits from `bit` on. Throws a RangeError beyond the zeros after the end. */
export function sixteen(view: DataView, bit: number): number {
  return (view.getInt32(bit >> 3) << (bit & 7)) >>> 16;
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
