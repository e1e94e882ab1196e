/**
 * One participant's segments, one after the other. Owns the file that is written now: making it,
 * ending it as well as the disk allows, and what it is called then; decides nothing about when.
 */
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import type { MeetError } from '../../transport/errors.js';
import { diskFault } from './disk-fault.js';
import type { MeetingFolders } from './meeting-folders.js';
import { MkvSegment } from './mkv-segment.js';
import type { RecordingFs } from './recording-fs.js';
import { safeName } from './recording-names.js';
import type { Stay } from './recording.js';
import { SegmentFile } from './segment-file.js';
import { parseSegmentFileName } from './segment-name.js';
import { roomFolder } from './stay-folder.js';
import type { SyncTurns } from './sync-turns.js';

export interface SegmentSeriesOptions {
  readonly fs: RecordingFs;
  readonly root: string;
  readonly stay: Stay;
  readonly turns: SyncTurns;
  readonly meetings: MeetingFolders;
  /** The program and its version, kept in each file. */
  readonly software: string;
}

export class SegmentSeries {
  readonly #options: SegmentSeriesOptions;
  readonly #who: string;
  readonly #paths: string[] = [];
  readonly #suspects: string[] = [];
  #folder: string | undefined;
  #number = 0;
  #file: SegmentFile | undefined;
  #segment: MkvSegment | undefined;

  constructor(options: SegmentSeriesOptions) {
    this.#options = options;
    this.#who = safeName(options.stay.participantName);
  }

  /** The newest file; before there is one, the folder where it belongs. */
  get path(): string {
    const { root, stay } = this.#options;
    return this.#paths.at(-1) ?? this.#folder ?? roomFolder(root, stay);
  }

  get paths(): readonly string[] {
    return this.#paths;
  }

  get suspectFiles(): readonly string[] {
    return this.#suspects;
  }

  /** The meeting's folder; undefined before the first file. */
  get folder(): string | undefined {
    return this.#folder;
  }

  /** The file that is open for writing. */
  get file(): SegmentFile | undefined {
    return this.#file;
  }

  /** What is in it; undefined until `begin`. */
  get segment(): MkvSegment | undefined {
    return this.#segment;
  }

  /** Makes the next file, unless one is open. Rejects with MEET_DISK_WRITE or system errors. */
  async open(): Promise<void> {
    if (this.#file !== undefined) return;
    const { fs, stay, turns, meetings } = this.#options;
    const folder = await meetings.folderOf(stay);
    if (folder !== this.#folder) this.#number = await lastNumber(fs, folder, this.#who);
    this.#folder = folder;
    const place = { fs, turns, folder, who: this.#who };
    this.#file = await SegmentFile.create(place, this.#number + 1);
    this.#number = this.#file.number;
    this.#paths.push(this.#file.path);
  }

  /** The segment of the open file, begun at `startedAtUs` unless it is. */
  async begin(startedAtUs: number): Promise<MkvSegment> {
    await this.open();
    const { stay, software } = this.#options;
    if (this.#file === undefined) throw new Error('no file is open');
    this.#segment ??= new MkvSegment(this.#file, {
      uuid: randomBytes(16),
      startedAtUs,
      writingApp: software,
      participant: stay.participantName,
      room: stay.room,
      meeting: basename(this.#folder ?? ''),
      number: this.#file.number,
    });
    return this.#segment;
  }

  /**
   * Ends the open file: as a whole one, else without Cues, else as it is; one of which a sync failed
   * is left as it is. Never rejects; returns what hindered it from becoming a whole one.
   */
  async finish(): Promise<MeetError | undefined> {
    const [file, segment] = [this.#file, this.#segment];
    if (file === undefined) return undefined;
    let fault: MeetError | undefined;
    if (file.sizeBytes === 0 || segment === undefined) await this.#drop(file);
    else if (!file.isSuspect) fault = await this.#seal(file, segment);
    if (file.isSuspect) await this.#mark(file);
    await this.#release(file);
    return fault;
  }

  /** Nothing more is written to a file of which a sync failed. */
  async #mark(file: SegmentFile): Promise<void> {
    // Where not even that can be written, the name is all that the file lacks.
    await file.rename('suspect').catch(() => undefined);
    this.#suspects.push(basename(file.path));
  }

  async #seal(file: SegmentFile, segment: MkvSegment): Promise<MeetError | undefined> {
    if (file.hasTornTail) return undefined;
    try {
      await segment.finish();
      return undefined;
    } catch (thrown) {
      const fault = diskFault(thrown, file.path);
      return (await this.#sealWithoutRoom(file, segment)) ? undefined : fault;
    }
  }

  /** A sync that failed must not be followed by more writing; a write that did was taken back. */
  async #sealWithoutRoom(file: SegmentFile, segment: MkvSegment): Promise<boolean> {
    if (file.isSuspect || file.hasTornTail || segment.hasTail) return false;
    try {
      await segment.finishAsIs();
      return true;
    } catch {
      // Why was told by the first attempt.
      return false;
    }
  }

  async #drop(file: SegmentFile): Promise<void> {
    await file.removeEmpty();
    this.#paths.pop();
    this.#number -= 1;
  }

  async #release(file: SegmentFile): Promise<void> {
    if (file.sizeBytes > 0) this.#paths[this.#paths.length - 1] = file.path;
    this.#file = undefined;
    this.#segment = undefined;
    await file.close();
  }
}

/** The highest number that a name has in a folder; 0 when there is none. */
async function lastNumber(fs: RecordingFs, folder: string, who: string): Promise<number> {
  const numbers = (await fs.readdir(folder)).map(({ name }) => {
    const parsed = parseSegmentFileName(name);
    return parsed?.who === who ? parsed.number : 0;
  });
  return Math.max(0, ...numbers);
}
