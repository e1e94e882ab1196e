/**
 * A recording's side towards the disk: the folder it writes to now, and the ones before it. Owns
 * opening, writing what the intake holds, looking after the folder, and telling whether a disk that
 * failed is good again; keeps no state of the recording's own life.
 *
 *   intake.queue ── sound first, then one picture ──> folder ── lines, at the end ──> index
 */
import { MeetError } from '../../transport/errors.js';
import type { Limits } from '../../transport/limits.js';
import { hasRoomAgain, requireRoom } from './disk-room.js';
import { FramesFolder } from './frames-folder.js';
import { makeFolders } from './make-folders.js';
import type { RecordingFs } from './recording-fs.js';
import type { RecordingDisk } from './recording-disk.js';
import type { RecordingIntake } from './recording-intake.js';
import type { Stay } from './recording.js';
import { roomFolder } from './stay-folder.js';
import type { SyncTurns } from './sync-turns.js';

export interface FramesDiskOptions {
  readonly fs: RecordingFs;
  readonly root: string;
  readonly stay: Stay;
  readonly limits: Pick<Limits, 'disk-free-bytes'>;
  readonly turns: SyncTurns;
  readonly wavMostBytes: number;
  readonly intake: RecordingIntake;
  /** A sync of a file failed; `words` say which and why. */
  readonly onSuspect: (words: string) => void;
}

/** Sound taken in one turn: 6 s of 44.1 kHz stereo. Taken frames can't be dropped any more. */
const SOUND_TURN_BYTES = 1024 ** 2;
/** Lines of this length are written before the queue is empty. */
const INDEX_TURN_CHARS = 64 * 1024;

export class FramesDisk implements RecordingDisk {
  readonly #options: FramesDiskOptions;
  readonly #paths: string[] = [];
  readonly #suspects: string[] = [];
  #folder: FramesFolder | undefined;
  #unsyncedBefore = 0;

  constructor(options: FramesDiskOptions) {
    this.#options = options;
  }

  /** The newest folder; before there is one, the room's. */
  get path(): string {
    return this.#paths.at(-1) ?? roomFolder(this.#options.root, this.#options.stay);
  }

  get paths(): readonly string[] {
    return this.#paths;
  }

  get suspectFiles(): readonly string[] {
    return this.#suspects;
  }

  get pendingFrames(): number {
    return this.#folder?.pendingFrames ?? 0;
  }

  get pendingBytes(): number {
    return this.#folder?.pendingChars ?? 0;
  }

  get unsyncedPictures(): number {
    return this.#unsyncedBefore + (this.#folder?.unsyncedPictures ?? 0);
  }

  get isOpen(): boolean {
    return this.#folder !== undefined;
  }

  /** Makes the folder unless it is open. Rejects with a MeetError or a system error, as all do. */
  async open(): Promise<FramesFolder> {
    if (this.#folder !== undefined) return this.#folder;
    const { fs, root, stay, turns, wavMostBytes, limits, intake } = this.#options;
    await makeFolders(fs, root);
    await requireRoom(fs, root, limits['disk-free-bytes']);
    this.#folder = await FramesFolder.make({
      fs,
      root,
      stay,
      turns,
      wavMostBytes,
      onSettled: (item) => {
        intake.queue.settle(item);
      },
      onSuspect: (file, words) => {
        this.#suspects.push(file);
        this.#options.onSuspect(words);
      },
    });
    this.#paths.push(this.#folder.path);
    return this.#folder;
  }

  /** One turn: gaps, the sound that waits, one picture; the lines, when nothing else waits. */
  async writeTurn(): Promise<void> {
    const { intake } = this.#options;
    const { queue } = intake;
    const folder = await this.open();
    for (const line of [...intake.takeGaps(), ...intake.takeRemarks()]) folder.addLine(line);
    const sounds = queue.takeSounds(SOUND_TURN_BYTES);
    if (sounds.length > 0) await folder.writeSounds(sounds);
    const picture = queue.takePicture();
    if (picture !== undefined && picture.frame.kind !== 'audio') {
      await folder.writePicture(picture.frame.kind, picture);
    }
    queue.release();
    if (queue.empty || folder.pendingChars >= INDEX_TURN_CHARS) await this.#flush(folder);
  }

  /** Each second: the folder is still there, the disk has room, what was written is synced. */
  async lookAfter(): Promise<void> {
    const { fs, limits } = this.#options;
    const folder = this.#folder;
    if (folder === undefined) return;
    await requireInPlace(folder);
    await requireRoom(fs, folder.path, limits['disk-free-bytes']);
    await this.#flush(folder);
    await folder.sync();
  }

  /** Ends the WAV, for a while without a disk. Never rejects. */
  async pause(): Promise<void> {
    await this.#folder?.pause();
  }

  /**
   * Whether writing can go on after a failure of `failedBytes`: there is room again where that was
   * the fault, and the folder takes files, or a new one can be made. The lines that waited are
   * written then, and a line says so. Rejects when the disk is still bad.
   */
  async goOn(wasFull: boolean, failedBytes: number, atUs: number): Promise<boolean> {
    const { fs, root, limits, intake } = this.#options;
    if (wasFull) {
      await makeFolders(fs, root);
      if (!(await hasRoomAgain(fs, root, limits['disk-free-bytes'], failedBytes))) return false;
    }
    const before = this.#folder;
    if (before !== undefined && (await before.inPlace())) {
      await before.mend(failedBytes);
      await this.#flush(before);
    } else if (before !== undefined) await this.#forget(before);
    const folder = await this.open();
    folder.addLine({ type: 'resumed', atUs });
    for (const line of [...intake.takeGaps(), ...intake.takeRemarks()]) folder.addLine(line);
    return true;
  }

  /** Writes what still can be written, syncs and closes. Rejects after it has closed. */
  async end(endedAtUs: number): Promise<void> {
    const folder = this.#folder;
    if (folder === undefined) return;
    const { intake } = this.#options;
    try {
      for (const line of [...intake.takeGaps(), ...intake.takeRemarks()]) folder.addLine(line);
      intake.kept(await folder.end(endedAtUs));
      await requireInPlace(folder);
    } finally {
      await this.#forget(folder);
    }
  }

  async #flush(folder: FramesFolder): Promise<void> {
    this.#options.intake.kept(await folder.flush());
  }

  /** Closes a folder. What its index lacks counts as dropped. */
  async #forget(folder: FramesFolder): Promise<void> {
    this.#folder = undefined;
    this.#unsyncedBefore += folder.unsyncedPictures;
    this.#options.intake.lost(folder.discard());
    await folder.close();
  }
}

/** Descriptors of removed files take writes in silence: only a look at the path tells. */
async function requireInPlace(folder: FramesFolder): Promise<void> {
  if (await folder.inPlace()) return;
  throw new MeetError(
    'MEET_DISK_WRITE',
    `${folder.path} was removed or moved while it was recorded to, expected it to stay; ` +
      'what comes next goes to a new folder: end a recording before moving it',
  );
}
