/**
 * What every decoder of a byte stream is: it says where the next bytes go and is told how many came.
 * So a socket can be read straight into a frame's own buffer, and a decoder never keeps a list of
 * chunks. Owns the interface and the loop that feeds it from a chunk.
 *
 *   socket ──read──> reader.window()   (the rest of a header, or the rest of one frame)
 *                    reader.advance(n) ── complete? ──> the reader's own callbacks
 */

/** What a reader is in the middle of; idle between frames. Drives the reading deadlines. */
export type ReadingState = 'idle' | 'header' | 'body';

/** Records of fewer payload bytes are small: each costs about as much work as a large one. */
export const SMALL_RECORD_BYTES = 1024;

export interface FrameReader {
  /** Where the next bytes go, just before `advance`. Never empty. Valid until the next `advance`. */
  window(): Buffer;
  /**
   * `count` bytes were written to the start of `window()`. Calls back with what became complete.
   * Throws a MeetError when the peer broke the framing; the reader must not be used after that.
   */
  advance(count: number): void;
  readonly state: ReadingState;
  /** Bytes of an unfinished body that have arrived, and its whole length; 0 and 0 when idle. */
  readonly receivedBytes: number;
  readonly expectedBytes: number;
  /** Bodies begun so far, of a reader that may go from one to the next within one `advance`. */
  readonly bodiesBegun?: number;
  /** Records of little payload so far, of a reader of peers, who may send only so many. */
  readonly smallRecords?: number;
}

/** Feeds a chunk of any size to a reader. Throws what `advance` throws. */
export function feed(reader: FrameReader, chunk: Uint8Array): void {
  let at = 0;
  while (at < chunk.length) {
    const window = reader.window();
    const count = Math.min(window.length, chunk.length - at);
    window.set(chunk.subarray(at, at + count));
    at += count;
    reader.advance(count);
  }
}
