/**
 * A file read from front to back through a small window, and a few bytes of it anywhere. Owns the
 * memory that is used in turn: what was looked at last may still be written elsewhere while the next
 * is looked at and the one after that is read. Knows nothing of what is in the file.
 */
import { MeetError } from '../../../transport/errors.js';
import type { RecordingFs } from '../recording-fs.js';
import { READ_FLAGS } from '../recording-fs.js';
import { FileStretch } from './file-stretch.js';

/** More than this is never held of a file at once; a cluster of ours is far below it. */
export const WINDOW_MOST_BYTES = 64 * 1024 * 1024;

/** With such steps a file is read through, so that what comes next is fetched meanwhile. */
const AHEAD_FROM_BYTES = 4 * 1024 * 1024;
/** Larger ones would take too much memory, three times with its room. */
const AHEAD_MOST_BYTES = 16 * 1024 * 1024;

/** Stretches that may still be looked at, beside the one that is. */
const IN_USE_MOST = 2;

export class FileWindow {
  readonly path: string;
  /** When it was opened; it may have grown since. */
  readonly sizeBytes: number;
  readonly #fs: RecordingFs;
  readonly #fd: number;
  #stepBytes: number;
  /** What is looked at; those before, which may still be in use; the one that follows. */
  #now: FileStretch | undefined;
  #before: readonly FileStretch[] = [];
  #next: FileStretch | undefined;
  #spare: Buffer | undefined;
  /** What is read in place of the file's first bytes. */
  #page: Buffer = Buffer.alloc(0);
  #closed = false;

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
   * Up to `length` bytes from `position` on; fewer at the file's end. They stay as they are during
   * the next two calls. Throws MEET_RECORDING_DAMAGED beyond 64 MiB.
   */
  async view(position: number, length: number): Promise<Buffer> {
    if (position >= this.#page.length) return await this.#view(position, length);
    const page = this.#page.subarray(position, position + length);
    if (page.length === length) return page;
    return Buffer.concat([page, await this.#view(this.#page.length, length - page.length)]);
  }

  /** From now on `page` is read in place of the file's first bytes, which stay as they are. */
  replaceStart(page: Buffer): void {
    this.#page = page;
  }

  async #view(position: number, length: number): Promise<Buffer> {
    const there = Math.max(0, Math.min(length, this.sizeBytes - position));
    if (there === 0) return Buffer.alloc(0);
    if (there > WINDOW_MOST_BYTES) {
      throw new MeetError(
        'MEET_RECORDING_DAMAGED',
        `${this.path} claims ${length} bytes in one piece at ${position}, limit is ${WINDOW_MOST_BYTES}`,
      );
    }
    const now = this.#now;
    const isInside = now !== undefined && position >= now.start && position + there <= now.end;
    const stretch = isInside ? now : await this.#advance(position, there);
    return await stretch.view(position, there);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const stretch of [...this.#before, this.#now, this.#next]) await stretch?.settle();
    await this.#fs.close(this.#fd);
  }

  /** The stretch that has `length` bytes at `position`, from now on the one that is looked at. */
  async #advance(position: number, length: number): Promise<FileStretch> {
    const ahead = await this.#readAhead(position, length);
    if (ahead === undefined) this.#stepBytes = stepFor(length, this.#stepBytes);
    const stretch = ahead ?? this.#begin(position);
    if (this.#now !== undefined) this.#before = [...this.#before, this.#now];
    this.#now = stretch;
    const [oldest] = this.#before;
    if (this.#before.length > IN_USE_MOST && oldest !== undefined) {
      await this.#release(oldest);
      this.#before = this.#before.slice(1);
    }
    const goesOn = stretch.end < this.sizeBytes && roomFor(this.#stepBytes) > 0;
    this.#next = goesOn ? this.#begin(stretch.end) : undefined;
    return stretch;
  }

  /** The one that was read ahead, if it has these bytes once those before it are copied there. */
  async #readAhead(position: number, length: number): Promise<FileStretch | undefined> {
    const next = this.#next;
    const now = this.#now;
    this.#next = undefined;
    if (next === undefined || now === undefined) return undefined;
    const tail = next.start - position;
    if (position >= now.start && tail <= next.roomBytes && position + length <= next.end) {
      if (tail > 0) next.prepend(await now.view(position, tail));
      return next;
    }
    await this.#release(next);
    return undefined;
  }

  #begin(start: number): FileStretch {
    const roomBytes = roomFor(this.#stepBytes);
    const bytes = roomBytes + this.#stepBytes;
    const spare = this.#spare;
    this.#spare = undefined;
    const memory = spare?.length === bytes ? spare : Buffer.allocUnsafeSlow(bytes);
    const end = Math.min(start + this.#stepBytes, this.sizeBytes);
    return new FileStretch(this.#fs, this.#fd, memory, roomBytes, { start, end });
  }

  /** Its memory may be used again. */
  async #release(stretch: FileStretch): Promise<void> {
    await stretch.settle();
    this.#spare = stretch.memory;
  }
}

function stepFor(length: number, stepBytes: number): number {
  return length <= stepBytes ? stepBytes : Math.min(WINDOW_MOST_BYTES, 2 * length);
}

/** For what of a step is not looked at yet when the next one is come to; none: nothing is read ahead. */
function roomFor(stepBytes: number): number {
  return stepBytes >= AHEAD_FROM_BYTES && stepBytes <= AHEAD_MOST_BYTES ? stepBytes : 0;
}
