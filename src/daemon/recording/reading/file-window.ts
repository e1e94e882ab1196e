/**
 * A file read from front to back through a small window, and a few bytes of it anywhere. Owns two
 * buffers that are used in turn, so that what was read last may still be written elsewhere while the
 * next is read. Knows nothing of what is in the file.
 */
import { MeetError } from '../../../transport/errors.js';
import type { RecordingFs } from '../recording-fs.js';
import { READ_FLAGS } from '../recording-fs.js';

/** More than this is never held of a file at once; a cluster of ours is far below it. */
export const WINDOW_MOST_BYTES = 64 * 1024 * 1024;

/** From such steps on a file is read through, so that what comes next is fetched meanwhile. */
const AHEAD_FROM_BYTES = 4 * 1024 * 1024;

export class FileWindow {
  readonly path: string;
  /** When it was opened; it may have grown since. */
  readonly sizeBytes: number;
  readonly #fs: RecordingFs;
  readonly #fd: number;
  readonly #stepBytes: number;
  readonly #buffers: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)];
  #turn: 0 | 1 = 0;
  #start = 0;
  #length = 0;
  #closed = false;
  /** Takes what is read ahead only to have it in the kernel's memory. */
  #ahead = Buffer.alloc(0);
  #reading: Promise<unknown> | undefined;

  private constructor(fs: RecordingFs, path: string, fd: number, size: number, stepBytes: number) {
    this.path = path;
    this.sizeBytes = size;
    this.#fs = fs;
    this.#fd = fd;
    this.#stepBytes = stepBytes;
  }

  /**
   * Opens a regular file, not through a symlink. `stepBytes`: how much is read at once, at least.
   * Rejects with system errors, and with MEET_RECORDING_DAMAGED for what is no regular file.
   */
  static async open(fs: RecordingFs, path: string, stepBytes: number): Promise<FileWindow> {
    const found = await fs.lstat(path);
    // Before it is opened: opening a named pipe would wait for a writer.
    if (!found.isFile()) {
      throw new MeetError('MEET_RECORDING_DAMAGED', `${path} is no file, expected a recording`);
    }
    const fd = await fs.open(path, READ_FLAGS, 0);
    return new FileWindow(fs, path, fd, found.size, stepBytes);
  }

  /**
   * Up to `length` bytes from `position` on; fewer at the file's end. They stay as they are until the
   * call after the next one. Throws MEET_RECORDING_DAMAGED beyond 64 MiB.
   */
  async view(position: number, length: number): Promise<Buffer> {
    const inside = position - this.#start;
    if (inside < 0 || inside + length > this.#length) {
      const there = Math.min(length, Math.max(0, this.sizeBytes - position));
      if (inside < 0 || inside + there > this.#length) await this.#refill(position, there);
    }
    const at = position - this.#start;
    const buffer = this.#buffers[this.#turn];
    return buffer.subarray(at, Math.max(at, Math.min(at + length, this.#length)));
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#reading;
    await this.#fs.close(this.#fd);
  }

  async #refill(position: number, length: number): Promise<void> {
    if (length > WINDOW_MOST_BYTES) {
      throw new MeetError(
        'MEET_RECORDING_DAMAGED',
        `${this.path} claims ${length} bytes in one piece at ${position}, limit is ${WINDOW_MOST_BYTES}`,
      );
    }
    const before = this.#buffers[this.#turn];
    const other = this.#turn === 0 ? 1 : 0;
    const wanted = Math.max(length, this.#stepBytes);
    if (this.#buffers[other].length < wanted) this.#buffers[other] = Buffer.allocUnsafe(wanted);
    const target = this.#buffers[other];
    // What is there already is not read again.
    const from = position - this.#start;
    const kept = from >= 0 && from < this.#length ? this.#length - from : 0;
    if (kept > 0) before.copy(target, 0, from, this.#length);
    let filled = kept;
    for (let count = 1; count > 0 && filled < wanted; filled += count) {
      count = await this.#fs.read(this.#fd, target.subarray(filled, wanted), position + filled);
    }
    this.#turn = other;
    this.#start = position;
    this.#length = filled;
    this.#readAhead(position + filled);
  }

  /** While the caller works on what it has; a fault is met when these bytes are read for use. */
  #readAhead(position: number): void {
    if (this.#stepBytes < AHEAD_FROM_BYTES || position >= this.sizeBytes) return;
    if (this.#reading !== undefined) return;
    if (this.#ahead.length === 0) this.#ahead = Buffer.allocUnsafe(this.#stepBytes);
    this.#reading = this.#fs
      .read(this.#fd, this.#ahead, position)
      .catch(() => undefined)
      .finally(() => {
        this.#reading = undefined;
      });
  }
}
