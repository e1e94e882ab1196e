// @ts-check
/**
 * Cuts a stream of bytes into units, be they records or lines with what follows them. Owns what a
 * read left over; the bytes of a unit beyond its beginning are not kept.
 */

/** @typedef {{ sizeBytes: number, done: () => void }} Unit */

export class UnitReader {
  #skip;
  #begin;
  /** The beginning of a unit that is too short to be told. */
  #kept = Buffer.alloc(0);
  /** @type {(() => void) | undefined} */
  #done;

  /**
   * @param {number} skipBytes At the beginning of the stream.
   * @param {(bytes: Buffer) => Unit | undefined} begin What begins here; undefined: more bytes.
   */
  constructor(skipBytes, begin) {
    this.#skip = skipBytes;
    this.#begin = begin;
  }

  /**
   * For `net.connect`: one buffer for every read, which several sockets may share.
   *
   * @param {Buffer} buffer
   * @returns {import('node:net').OnReadOpts}
   */
  readingInto(buffer) {
    return {
      buffer,
      callback: (count) => {
        this.take(buffer.subarray(0, count));
        return true;
      },
    };
  }

  /** @param {Buffer} chunk */
  take(chunk) {
    let bytes = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    this.#kept = Buffer.alloc(0);
    while (bytes.length > 0) {
      const cut = Math.min(this.#skip, bytes.length);
      this.#skip -= cut;
      bytes = bytes.subarray(cut);
      if (this.#skip > 0) return;
      this.#done?.();
      this.#done = undefined;
      if (bytes.length === 0) return;
      const unit = this.#begin(bytes);
      if (unit === undefined) {
        this.#kept = Buffer.from(bytes);
        return;
      }
      this.#skip = unit.sizeBytes;
      this.#done = unit.done;
    }
  }
}
