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

export interface SegmentEnding {
  /** What hindered it from becoming a whole one, where it was no sync. */
  readonly fault?: MeetError | undefined;
  /** Why a sync of it or of its folder failed, where that was not known when it was opened. */
  readonly suspectFor?: MeetError | undefined;
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
  /** The fault that the open file began with. */
  #toldFault: MeetError | undefined;

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

  /**
   * Makes the next file, unless one is open. `rootFault`: why all that is in the root may be lost with the
   * power. Rejects with MEET_DISK_WRITE or system errors.
   */
  async open(rootFault?: MeetError): Promise<void> {
    if (this.#file !== undefined) return;
    const { fs, stay, turns, meetings } = this.#options;
    const { path: folder, fault = rootFault } = await meetings.folderOf(stay);
    const isSame = folder === this.#folder;
    this.#folder = folder;
    // Another participant may have the same safe name, and many segments meanwhile.
    const last = await lastNumber(fs, folder, this.#who);
    this.#number = isSame ? Math.max(this.#number, last) : last;
    const place = { fs, turns, folder, who: this.#who, folderFault: fault };
    this.#file = await SegmentFile.create(place, this.#number + 1);
    this.#number = this.#file.number;
    this.#toldFault = this.#file.nameFault;
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
   * is left as it is. Never rejects.
   */
  async finish(): Promise<SegmentEnding> {
    const [file, segment] = [this.#file, this.#segment];
    if (file === undefined) return {};
    let fault: MeetError | undefined;
    const isEmpty = file.sizeBytes === 0 || segment === undefined;
    if (isEmpty) await this.#drop(file);
    else if (!file.isSuspect) fault = await this.#seal(file, segment);
    // Nothing more is written to it; where not even its name can be changed, that is all it lacks.
    if (file.isSuspect) await file.nameSuspect().catch(() => undefined);
    const suspectFor = isEmpty ? undefined : (file.syncFault ?? file.nameFault);
    if (suspectFor !== undefined) this.#suspects.push(basename(file.path));
    await this.#release(file);
    return suspectFor === undefined || suspectFor === this.#toldFault ? { fault } : { suspectFor };
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
