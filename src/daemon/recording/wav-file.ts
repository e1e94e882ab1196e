/**
 * One WAV being written. Owns that its header is true at every moment: sound is appended first, the
 * header's sizes follow at once, so it never claims more than is there, and a file has its name
 * only once it holds a header and sound.
 */
import { join } from 'node:path';
import type { SoundFormat } from '../../transport/stream-kind.js';
import type { RecordingFs } from './recording-fs.js';
import { CREATE_FLAGS, FILE_MODE, PART_SUFFIX, writeAll } from './recording-fs.js';
import type { SyncTurns } from './sync-turns.js';
import { WAV_HEADER_BYTES, encodeWavHeader } from './wav-header.js';

export class WavFile {
  /** Relative to the recording's folder. */
  readonly name: string;
  readonly format: SoundFormat;
  readonly #fs: RecordingFs;
  readonly #fd: number;
  #dataBytes = 0;
  #unsynced = true;

  private constructor(fs: RecordingFs, name: string, format: SoundFormat, fd: number) {
    this.#fs = fs;
    this.name = name;
    this.format = format;
    this.#fd = fd;
  }

  /** Makes `folder/name` with its first sound. Rejects with system errors and leaves nothing. */
  static async create(
    fs: RecordingFs,
    folder: string,
    name: string,
    format: SoundFormat,
    first: readonly Buffer[],
  ): Promise<WavFile> {
    const path = join(folder, name);
    const part = `${path}${PART_SUFFIX}`;
    const fd = await fs.open(part, CREATE_FLAGS, FILE_MODE);
    const file = new WavFile(fs, name, format, fd);
    try {
      await file.append(first);
      await fs.rename(part, path);
      return file;
    } catch (thrown) {
      await fs.close(fd).catch(() => undefined);
      await fs.unlink(part).catch(() => undefined);
      throw thrown;
    }
  }

  /** Bytes of sound in the file. */
  get dataBytes(): number {
    return this.#dataBytes;
  }

  /** Where the next chunk begins, from the file's first byte. */
  get endBytes(): number {
    return WAV_HEADER_BYTES + this.#dataBytes;
  }

  /** Appends whole sample frames. Rejects with a system error, with the file as it was before. */
  async append(chunks: readonly Buffer[]): Promise<void> {
    const addedBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const header = encodeWavHeader(this.format, this.#dataBytes + addedBytes);
    try {
      if (this.#dataBytes === 0) await writeAll(this.#fs, this.#fd, [header, ...chunks], 0);
      else {
        await writeAll(this.#fs, this.#fd, chunks, this.endBytes);
        await writeAll(this.#fs, this.#fd, [header], 0);
      }
    } catch (thrown) {
      await this.#fs.ftruncate(this.#fd, this.endBytes).catch(() => undefined);
      throw thrown;
    }
    this.#dataBytes += addedBytes;
    this.#unsynced = true;
  }

  /** Brings what was written to the platter. Rejects with a system error; do not retry then. */
  async sync(turns: SyncTurns): Promise<void> {
    if (!this.#unsynced) return;
    this.#unsynced = false;
    await turns.sync(this.#fs, this.#fd);
  }

  async close(): Promise<void> {
    await this.#fs.close(this.#fd);
  }
}
