/**
 * Gathers index lines and writes many at once. Owns the lines that wait, and going on in a new
 * index file after a sync that failed; decides no line.
 */
import { IndexFile } from './index-file.js';
import type { IndexLine } from './index-line.js';
import type { RecordingFs } from './recording-fs.js';
import { indexFileName } from './recording-names.js';
import type { CountedFrame } from './recording-tally.js';
import type { SyncTurns } from './sync-turns.js';

export class IndexWriter {
  readonly #fs: RecordingFs;
  readonly #folder: string;
  #file: IndexFile;
  #filesMade = 1;
  /** A sync of `#file` failed: nothing more goes into it. */
  #isSuspect = false;
  #lines: string[] = [];
  #frames: CountedFrame[] = [];
  #pendingChars = 0;

  private constructor(fs: RecordingFs, folder: string, file: IndexFile) {
    this.#fs = fs;
    this.#folder = folder;
    this.#file = file;
  }

  /** Makes the first index file of a folder. Rejects with system errors. */
  static async create(fs: RecordingFs, folder: string): Promise<IndexWriter> {
    return new IndexWriter(fs, folder, await IndexFile.create(fs, folder, indexFileName(1)));
  }

  get fileName(): string {
    return this.#file.name;
  }

  /** Characters that wait for `flush`. */
  get pendingChars(): number {
    return this.#pendingChars;
  }

  /** Frames whose lines wait for `flush`. */
  get pendingFrames(): number {
    return this.#frames.length;
  }

  /** Adds a line, and the frame that is to be counted once the line is in the file. */
  add(line: IndexLine, frame?: CountedFrame): void {
    const text = `${JSON.stringify(line)}\n`;
    this.#lines.push(text);
    this.#pendingChars += text.length;
    if (frame !== undefined) this.#frames.push(frame);
  }

  /** Writes all waiting lines; returns their frames. Rejects with system errors, lines kept. */
  async flush(): Promise<CountedFrame[]> {
    if (this.#lines.length === 0) return [];
    if (this.#isSuspect) await this.#beginNext();
    await this.#file.append(this.#lines.join(''));
    return this.discard();
  }

  /** Forgets all waiting lines; returns their frames. */
  discard(): CountedFrame[] {
    const frames = this.#frames;
    this.#lines = [];
    this.#frames = [];
    this.#pendingChars = 0;
    return frames;
  }

  inPlace(): Promise<boolean> {
    return this.#file.inPlace();
  }

  /** Rejects with a system error; the next flush then begins a new file. */
  async sync(turns: SyncTurns): Promise<void> {
    try {
      await this.#file.sync(turns);
    } catch (thrown) {
      this.#isSuspect = true;
      throw thrown;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #beginNext(): Promise<void> {
    const name = indexFileName(this.#filesMade + 1);
    const next = await IndexFile.create(this.#fs, this.#folder, name);
    const before = this.#file;
    this.#file = next;
    this.#filesMade += 1;
    this.#isSuspect = false;
    // Its lines are written; a close that fails says again what the sync said.
    await before.close().catch(() => undefined);
  }
}
