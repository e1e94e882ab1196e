/**
 * A stretch of a file on its way into memory, front to back, in pieces of which several are under way.
 * Owns the order of these reads; decides neither where a stretch begins nor how long it is.
 *
 *   memory:  │ room for what stands before it │ read │ being read │ to be read │
 *                                             ^ start                          ^ end
 */
import type { RecordingFs } from '../recording-fs.js';

/** Small enough to be still in the processor's cache when it is looked at. */
const PIECE_BYTES = 1024 * 1024;
/** Node has four threads for files; one is left to whoever writes meanwhile. */
const PIECES_AT_ONCE = 3;

export class FileStretch {
  /** From the file's start. */
  readonly end: number;
  readonly memory: Buffer;
  readonly #fs: RecordingFs;
  readonly #fd: number;
  /** Where in `memory` the file's byte 0 would be; below 0 for most. */
  readonly #origin: number;
  /** What is under way, in order. */
  readonly #pieces: Promise<number>[] = [];
  #start: number;
  /** Up to there it is read; from `#asked` on nobody was asked yet. */
  #read: number;
  #asked: number;
  #isOver = false;

  /** Begins to read `start` to `end`, behind `roomBytes` of `memory` that are left free. */
  constructor(
    fs: RecordingFs,
    fd: number,
    memory: Buffer,
    roomBytes: number,
    { start, end }: { readonly start: number; readonly end: number },
  ) {
    this.#fs = fs;
    this.#fd = fd;
    this.memory = memory;
    this.#origin = roomBytes - start;
    this.#start = start;
    this.end = end;
    this.#read = start;
    this.#asked = start;
    this.#ask();
  }

  get start(): number {
    return this.#start;
  }

  /** Free bytes of memory before its start. */
  get roomBytes(): number {
    return this.#origin + this.#start;
  }

  /** Puts what stands before it in the file into the room before it. */
  prepend(bytes: Buffer): void {
    this.#start -= bytes.length;
    bytes.copy(this.memory, this.#origin + this.#start);
  }

  /**
   * Bytes from `position` on, fewer where the file ended meanwhile. Both must be inside. Rejects with
   * system errors of reading them.
   */
  async view(position: number, length: number): Promise<Buffer> {
    const wanted = position + length;
    while (this.#read < wanted && !this.#isOver) await this.#next();
    const from = this.#origin + position;
    return this.memory.subarray(from, Math.max(from, this.#origin + Math.min(wanted, this.#read)));
  }

  /** Resolves when nothing writes to `memory` any more, whatever came of it. */
  async settle(): Promise<void> {
    this.#isOver = true;
    await Promise.allSettled(this.#pieces);
  }

  #ask(): void {
    while (this.#pieces.length < PIECES_AT_ONCE && this.#asked < this.end) {
      const at = this.#asked;
      this.#asked = Math.min(at + PIECE_BYTES, this.end);
      const piece = this.#fill(at, this.#asked);
      this.#pieces.push(piece);
      // It is awaited by whoever needs it; until then a failure must not be called unhandled.
      void piece.catch(() => undefined);
    }
  }

  /** How far it could be read: less than `to` only where the file ends. */
  async #fill(from: number, to: number): Promise<number> {
    let at = from;
    while (at < to) {
      const target = this.memory.subarray(this.#origin + at, this.#origin + to);
      const count = await this.#fs.read(this.#fd, target, at);
      if (count === 0) break;
      at += count;
    }
    return at;
  }

  async #next(): Promise<void> {
    const [piece] = this.#pieces;
    if (piece === undefined) {
      this.#isOver = true;
      return;
    }
    const wanted = Math.min(this.#read + PIECE_BYTES, this.end);
    this.#read = await piece;
    void this.#pieces.shift();
    if (this.#read < wanted) this.#isOver = true;
    else this.#ask();
  }
}
