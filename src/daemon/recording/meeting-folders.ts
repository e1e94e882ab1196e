/**
 * The folders of meetings: `root/<room>/<start>`. Owns which meeting a room is in, when it ends, and
 * making its folder safely; writes no file.
 *
 *   nobody ──first participant──> meeting ──last one left──> waits 5 minutes ──> nobody
 *                                    ^──────somebody comes─────────┘
 */
import { join } from 'node:path';
import type { Clock } from '../../transport/clock.js';
import type { MeetError } from '../../transport/errors.js';
import { systemErrorCode } from '../../transport/errors.js';
import { syncFolder } from './folder-sync.js';
import type { RecordingFs } from './recording-fs.js';
import { safeName } from './recording-names.js';
import type { Stay } from './recording.js';
import { meetingFolderName, parseMeetingFolderName } from './segment-name.js';
import { makeRealFolder, roomFolder } from './stay-folder.js';
import type { SyncTurns } from './sync-turns.js';

/** A meeting goes on when somebody comes back within so long. */
export const MEETING_PAUSE_MS = 5 * 60_000;

export interface MeetingFoldersOptions {
  readonly fs: RecordingFs;
  readonly root: string;
  readonly clock: Clock;
  readonly turns: SyncTurns;
}

export interface MeetingFolder {
  readonly path: string;
  /** Why it may be lost with the power: a folder above it could not be synced. */
  readonly fault: MeetError | undefined;
}

interface Meeting {
  readonly name: string;
  /** Participants that are recorded now. */
  present: number;
  /** When the last of them left, by the monotonic clock. */
  emptySinceMs: number;
}

export class MeetingFolders {
  readonly #options: MeetingFoldersOptions;
  /** By the room's safe name. Those that ended go when the next one is looked for. */
  readonly #meetings = new Map<string, Meeting>();
  /** Those whose meeting is not known yet. */
  readonly #early = new Map<string, number>();

  constructor(options: MeetingFoldersOptions) {
    this.#options = options;
  }

  /** A participant is recorded from now on. */
  enter({ room }: Stay): void {
    const key = safeName(room);
    const meeting = this.#current(key);
    if (meeting === undefined) this.#early.set(key, (this.#early.get(key) ?? 0) + 1);
    else meeting.present += 1;
  }

  /** It no longer is. */
  leave({ room }: Stay): void {
    const key = safeName(room);
    const meeting = this.#meetings.get(key);
    if (meeting === undefined) {
      const left = (this.#early.get(key) ?? 1) - 1;
      if (left > 0) this.#early.set(key, left);
      else this.#early.delete(key);
    } else {
      meeting.present -= 1;
      if (meeting.present === 0) meeting.emptySinceMs = this.#options.clock.now();
    }
  }

  /** Whether a folder is that of a meeting that has not ended. */
  isInUse(folder: string): boolean {
    const { root } = this.#options;
    return [...this.#meetings].some(([room, { name }]) => folder === join(root, room, name));
  }

  /** The folder of the room's meeting, made where it is missing. Rejects with system errors. */
  async folderOf(stay: Stay): Promise<MeetingFolder> {
    const { root } = this.#options;
    const room = roomFolder(root, stay);
    const roomFault = await this.#make(root, room);
    const path = join(room, await this.#nameOf(stay, room));
    const fault = await this.#make(room, path);
    return { path, fault: roomFault ?? fault };
  }

  /** Returns why the folder above could not be synced. */
  async #make(parent: string, path: string): Promise<MeetError | undefined> {
    const { fs, turns } = this.#options;
    await makeRealFolder(fs, path);
    return syncFolder(fs, parent, turns);
  }

  async #nameOf(stay: Stay, room: string): Promise<string> {
    const key = safeName(stay.room);
    const known = this.#current(key);
    if (known !== undefined) return known.name;
    const name = (await this.#justBefore(room)) ?? meetingFolderName(stay.startedAtUs);
    // Another participant of the room may have been quicker.
    const meeting = this.#current(key) ?? { name, present: 0, emptySinceMs: Infinity };
    this.#meetings.set(key, meeting);
    meeting.present += this.#early.get(key) ?? 0;
    this.#early.delete(key);
    return meeting.name;
  }

  #current(key: string): Meeting | undefined {
    const meeting = this.#meetings.get(key);
    if (meeting === undefined || meeting.present > 0) return meeting;
    if (this.#options.clock.now() - meeting.emptySinceMs < MEETING_PAUSE_MS) return meeting;
    this.#meetings.delete(key);
    return undefined;
  }

  /** A meeting that a daemon before this one was recording a moment ago. */
  async #justBefore(room: string): Promise<string | undefined> {
    const { fs, clock } = this.#options;
    const names = (await fs.readdir(room))
      .filter((entry) => entry.isDirectory() && parseMeetingFolderName(entry.name) !== undefined)
      .map((entry) => entry.name)
      .sort();
    const newest = names.at(-1);
    if (newest === undefined) return undefined;
    const nowMs = clock.wallUs() / 1000;
    for (const { name } of await fs.readdir(join(room, newest))) {
      const modifiedMs = await modified(fs, join(room, newest, name));
      if (modifiedMs !== undefined && Math.abs(nowMs - modifiedMs) < MEETING_PAUSE_MS)
        return newest;
    }
    return undefined;
  }
}

/** When a file was written to; undefined for one that is gone by now. */
async function modified(fs: RecordingFs, path: string): Promise<number | undefined> {
  try {
    return (await fs.lstat(path)).mtimeMs;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
