/**
 * One folder of a recording in the frames format, open for writing:
 *
 *   <start>-<name>/index.jsonl               what came when, and where it is
 *                  screen/000000123-<ms>.jpg  one file a picture
 *                  video/...
 *                  audio-0001.wav             sound; a new file a format, and each 1 GiB
 *
 * Owns the order that a crash at any moment can bear: the picture or the sound first, its line
 * after it. Decides nothing about queues, faults or time.
 */
import { join } from 'node:path';
import type { PictureFormat, PictureKind } from '../../transport/stream-kind.js';
import { diskFault } from './disk-fault.js';
import type { Waiting } from './frame-queue.js';
import type { IndexLine } from './index-line.js';
import { INDEX_VERSION, frameLine, unchangedLine } from './index-line.js';
import { IndexWriter } from './index-writer.js';
import { PictureWriter } from './picture-writer.js';
import type { RecordingFs } from './recording-fs.js';
import type { CountedFrame } from './recording-tally.js';
import type { Stay } from './recording.js';
import { soundChunk } from './sound-chunk.js';
import { SoundWriter } from './sound-writer.js';
import { makeStayFolder } from './stay-folder.js';
import type { SyncTurns } from './sync-turns.js';
import { tryToWrite } from './trial-write.js';

export interface FramesFolderOptions {
  readonly fs: RecordingFs;
  readonly root: string;
  readonly stay: Stay;
  readonly turns: SyncTurns;
  /** Sound in one WAV. */
  readonly wavMostBytes: number;
  /** A frame is on disk and its line waits: its buffer may go. */
  readonly onSettled: (item: Waiting) => void;
  /** A sync of a file failed; `words` say which and why. */
  readonly onSuspect: (file: string, words: string) => void;
}

export class FramesFolder {
  readonly path: string;
  readonly #options: FramesFolderOptions;
  readonly #index: IndexWriter;
  readonly #pictures: PictureWriter;
  readonly #sound: SoundWriter;
  readonly #formats = new Map<PictureKind, PictureFormat>();

  private constructor(options: FramesFolderOptions, path: string, index: IndexWriter) {
    const { fs, turns, wavMostBytes: mostBytes } = options;
    this.path = path;
    this.#options = options;
    this.#index = index;
    this.#pictures = new PictureWriter(fs, path, turns);
    this.#sound = new SoundWriter({
      fs,
      folder: path,
      turns,
      mostBytes,
      sink: {
        onFile: (file, format) => {
          index.add({ type: 'format', kind: 'audio', file, ...format });
        },
        onChunk: (item, file, offsetBytes) => {
          this.#settle(item, frameLine(item, file, offsetBytes));
        },
        onSuspect: (file, thrown) => {
          this.#suspect(file, thrown);
        },
      },
    });
  }

  /** Makes the folder and its index. Rejects with MEET_DISK_WRITE or system errors. */
  static async make(options: FramesFolderOptions): Promise<FramesFolder> {
    const { fs, root, stay } = options;
    const path = await makeStayFolder(fs, root, stay);
    const index = await IndexWriter.create(fs, path).catch(async (thrown: unknown) => {
      // An attempt a second must not leave an empty folder a second.
      await fs.rmdir(path).catch(() => undefined);
      throw thrown;
    });
    index.add({
      type: 'start',
      version: INDEX_VERSION,
      room: stay.room,
      participant: stay.participantName,
      startedAtUs: stay.startedAtUs,
    });
    return new FramesFolder(options, path, index);
  }

  get unsyncedPictures(): number {
    return this.#pictures.unsynced;
  }

  get pendingChars(): number {
    return this.#index.pendingChars;
  }

  /** Frames whose lines wait for `flush`. */
  get pendingFrames(): number {
    return this.#index.pendingFrames;
  }

  addLine(line: IndexLine): void {
    this.#index.add(line);
  }

  /** Writes sound that `soundChunk` takes, or empty frames. Rejects with system errors. */
  async writeSounds(items: readonly Waiting[]): Promise<void> {
    const chunks = [];
    for (const item of items) {
      const chunk = soundChunk(item);
      if (item.frame.unchanged) this.#settle(item, unchangedLine(item));
      else if (typeof chunk !== 'string') chunks.push(chunk);
    }
    await this.#sound.write(chunks);
  }

  /** Writes a picture, or the line of one that did not change. Rejects with system errors. */
  async writePicture(kind: PictureKind, item: Waiting): Promise<void> {
    this.#noteFormat(kind, item);
    if (item.frame.unchanged) this.#settle(item, unchangedLine(item));
    else this.#settle(item, frameLine(item, await this.#pictures.write(kind, item)));
  }

  /** Writes all waiting lines; returns their frames. Rejects with system errors, lines kept. */
  flush(): Promise<CountedFrame[]> {
    return this.#index.flush();
  }

  /** Forgets all waiting lines; returns their frames. */
  discard(): CountedFrame[] {
    return this.#index.discard();
  }

  /** Syncs sound and index. Never rejects: what fails is said to be suspect and ended. */
  async sync(): Promise<void> {
    await this.#sound.sync();
    await this.#syncIndex();
  }

  /** False when the folder was removed, moved or replaced. */
  inPlace(): Promise<boolean> {
    return this.#index.inPlace();
  }

  /** Ends the WAV, for a while without a disk. Never rejects. */
  pause(): Promise<void> {
    return this.#sound.endFile();
  }

  /**
   * Makes what is missing in the folder and tries to write a file of about `sizeBytes`, which it
   * removes again. Rejects with MEET_DISK_WRITE or the system error that hinders.
   */
  async mend(sizeBytes: number): Promise<void> {
    const { fs } = this.#options;
    await this.#pictures.makeFolders();
    await tryToWrite(fs, this.path, sizeBytes);
  }

  /** Ends the WAV, writes the last lines, syncs. Rejects with system errors; `close` after it. */
  async end(endedAtUs: number): Promise<CountedFrame[]> {
    await this.#sound.endFile();
    this.#index.add({ type: 'end', endedAtUs });
    const frames = await this.#index.flush();
    await this.#syncIndex();
    return frames;
  }

  /** Gives up all descriptors. Never rejects. */
  async close(): Promise<void> {
    await this.#sound.endFile();
    // What could be written is; there is nothing more to do for a file that won't close.
    await this.#index.close().catch(() => undefined);
  }

  #settle(item: Waiting, line: IndexLine): void {
    const { kind, unchanged, payload } = item.frame;
    this.#index.add(line, { kind, unchanged, sizeBytes: payload.length });
    this.#options.onSettled(item);
  }

  async #syncIndex(): Promise<void> {
    const file = this.#index.fileName;
    try {
      await this.#index.sync(this.#options.turns);
    } catch (thrown) {
      this.#suspect(file, thrown);
    }
  }

  #suspect(file: string, thrown: unknown): void {
    const words = diskFault(thrown, join(this.path, file)).message;
    this.#index.add({ type: 'suspect', file, words });
    this.#options.onSuspect(file, words);
  }

  #noteFormat(kind: PictureKind, { format }: Waiting): void {
    const known = this.#formats.get(kind);
    if (format?.codec !== 'jpeg' || format === known) return;
    this.#formats.set(kind, format);
    const { width, height, fps, codec } = format;
    if (known?.width === width && known.height === height && known.fps === fps) return;
    this.#index.add({ type: 'format', kind, codec, width, height, fps });
  }
}
