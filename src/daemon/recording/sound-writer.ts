/**
 * Writes sound into WAVs, many chunks a write. Owns when a new file begins: when the format
 * changes, when a file would grow past its limit, after a pause, and after a sync that failed.
 */
import type { SoundFormat } from '../../transport/stream-kind.js';
import type { RecordingFs } from './recording-fs.js';
import { wavFileName } from './recording-names.js';
import type { SoundChunk } from './sound-chunk.js';
import { sameSoundFormat } from './sound-chunk.js';
import type { SyncTurns } from './sync-turns.js';
import { WavFile } from './wav-file.js';
import { WAV_HEADER_BYTES } from './wav-header.js';
import type { Waiting } from './frame-queue.js';

/** Told synchronously; must not throw. */
export interface SoundSink {
  /** A new file begins. */
  onFile(name: string, format: SoundFormat): void;
  /** A chunk is in a file and in its header. */
  onChunk(item: Waiting, name: string, offsetBytes: number): void;
  /** A sync failed; the file is closed and a new one begins with the next chunk. */
  onSuspect(name: string, thrown: unknown): void;
}

export interface SoundWriterOptions {
  readonly fs: RecordingFs;
  readonly folder: string;
  readonly turns: SyncTurns;
  /** Sound in one file. A chunk is never split: one larger than this is alone in its file. */
  readonly mostBytes: number;
  readonly sink: SoundSink;
}

export class SoundWriter {
  readonly #options: SoundWriterOptions;
  #file: WavFile | undefined;
  #filesMade = 0;

  constructor(options: SoundWriterOptions) {
    this.#options = options;
  }

  /** Writes chunks in their order. Rejects with system errors; those reported are on disk. */
  async write(chunks: readonly SoundChunk[]): Promise<void> {
    let rest = chunks;
    for (let first = rest[0]; first !== undefined; first = rest[0]) {
      if (!this.#fits(first)) await this.endFile();
      const count = this.#countForOneFile(first.format, rest);
      await this.#append(first.format, rest.slice(0, count));
      rest = rest.slice(count);
    }
  }

  /** Syncs the file being written. Never rejects: a failure makes the file suspect and ends it. */
  async sync(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    try {
      await file.sync(this.#options.turns);
    } catch (thrown) {
      this.#options.sink.onSuspect(file.name, thrown);
      await this.#close();
    }
  }

  /** Syncs and closes the file being written; the next chunk begins a new one. Never rejects. */
  async endFile(): Promise<void> {
    await this.sync();
    await this.#close();
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    // Sound and header are written and synced, or said to be suspect: a close adds nothing.
    await file?.close().catch(() => undefined);
  }

  async #append(format: SoundFormat, chunks: readonly SoundChunk[]): Promise<void> {
    const { fs, folder, sink } = this.#options;
    const payloads = chunks.map(({ item }) => item.frame.payload);
    let file = this.#file;
    let offsetBytes = file?.endBytes ?? WAV_HEADER_BYTES;
    if (file === undefined) {
      const name = wavFileName(this.#filesMade + 1);
      file = await WavFile.create(fs, folder, name, format, payloads);
      this.#file = file;
      this.#filesMade += 1;
      sink.onFile(name, format);
    } else await file.append(payloads);
    for (const { item } of chunks) {
      sink.onChunk(item, file.name, offsetBytes);
      offsetBytes += item.frame.payload.length;
    }
  }

  #fits({ item, format }: SoundChunk): boolean {
    if (this.#file === undefined) return true;
    const dataBytes = this.#file.dataBytes + item.frame.payload.length;
    return sameSoundFormat(this.#file.format, format) && dataBytes <= this.#options.mostBytes;
  }

  /** How many of `chunks` go into the file that takes the first of them. At least 1. */
  #countForOneFile(format: SoundFormat, chunks: readonly SoundChunk[]): number {
    let dataBytes = this.#file?.dataBytes ?? 0;
    const next = chunks.findIndex((chunk, at) => {
      dataBytes += chunk.item.frame.payload.length;
      const isOther = !sameSoundFormat(format, chunk.format);
      return at > 0 && (isOther || dataBytes > this.#options.mostBytes);
    });
    return next < 0 ? chunks.length : next;
  }
}
