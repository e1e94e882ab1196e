/**
 * One participant's stay in the frames format. Owns the life of a recording: the queue, the one
 * loop that writes, stopping when the disk fails and going on when it is mended. Never throws into
 * the hub; knows no file names.
 *
 *            first frame            fault: what waits is dropped and counted
 *   waiting ─────────────> writing ──────────────────────────────────────────> stopped
 *                             ^                                                   │
 *                             └── each second: room, folder and a trial are good ─┘
 */
import type { Clock } from '../../transport/clock.js';
import { MeetError } from '../../transport/errors.js';
import type { Frame } from '../../transport/frame.js';
import type { Limits } from '../../transport/limits.js';
import type { StreamFormat, StreamKind } from '../../transport/stream-kind.js';
import { diskFault } from './disk-fault.js';
import { hasRoomAgain, requireRoom } from './disk-room.js';
import type { Waiting } from './frame-queue.js';
import { FramesFolder } from './frames-folder.js';
import type { GapReason } from './index-line.js';
import type { RecordingFs } from './recording-fs.js';
import { FOLDER_MODE } from './recording-fs.js';
import { RecordingIntake } from './recording-intake.js';
import type {
  GapNote,
  Recording,
  RecordingCounters,
  RecordingEvent,
  RecordingState,
  RecordingSummary,
  Stay,
} from './recording.js';
import { soundChunk } from './sound-chunk.js';
import { roomFolder } from './stay-folder.js';
import { SyncTurns } from './sync-turns.js';
import { Wakeup } from './wakeup.js';

export interface FramesRecordingOptions extends Stay {
  /** Where recordings go; made (0700) when it is missing. */
  readonly root: string;
  readonly fs: RecordingFs;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'recording-queue-bytes' | 'disk-free-bytes'>;
  /** Called synchronously; what it throws is ignored. */
  readonly onEvent: (event: RecordingEvent) => void;
  /** Called once, when `close` is done. */
  readonly onClosed?: () => void;
  /** Shared by all recordings of one disk; its own by default. */
  readonly turns?: SyncTurns;
  /** Sound in one WAV, in bytes; 1 GiB by default. */
  readonly wavMostBytes?: number;
}

/** Promised to users: a new WAV at 1 GiB. Every reader takes files of that size. */
const WAV_MOST_BYTES = 1024 ** 3;
/** Frames gather for so long, so that sound and lines of 200 ms are one write each. */
const BATCH_MS = 200;
/** So many waiting bytes don't wait for the batch to end. */
const EAGER_BYTES = 1024 ** 2;
/** Sound taken in one turn: 6 s of 44.1 kHz stereo. Taken frames can't be dropped any more. */
const SOUND_TURN_BYTES = 1024 ** 2;
/** Lines of this length are written before the queue is empty. */
const INDEX_TURN_CHARS = 64 * 1024;
/** Syncing, looking after the disk, and trying again when stopped. */
const TICK_MS = 1000;

interface Fault {
  readonly error: MeetError;
  readonly reason: GapReason;
  /** What could not be written. */
  readonly failedBytes: number;
}

/** Opens a recording. Nothing is made on disk before the first frame. Never throws. */
export function openFramesRecording(options: FramesRecordingOptions): Recording {
  return new FramesRecording(options);
}

class FramesRecording implements Recording {
  readonly #options: FramesRecordingOptions;
  readonly #turns: SyncTurns;
  readonly #intake: RecordingIntake;
  readonly #wakeup = new Wakeup();
  readonly #paths: string[] = [];
  readonly #suspects: string[] = [];
  #folder: FramesFolder | undefined;
  #unsyncedBefore = 0;
  #fault: Fault | undefined;
  #loop: Promise<void> | undefined;
  #stopTicking: (() => void) | undefined;
  #cancelBatch: (() => void) | undefined;
  #isTickDue = false;
  #closed: Promise<RecordingSummary> | undefined;

  constructor(options: FramesRecordingOptions) {
    this.#options = options;
    this.#turns = options.turns ?? new SyncTurns(options.clock);
    this.#intake = new RecordingIntake(options.limits['recording-queue-bytes']);
  }

  offer(frame: Frame, format: StreamFormat | undefined, receivedAtUs: number): void {
    const item = { frame, format, receivedAtUs };
    const refusal = this.#refusal(item);
    if (refusal !== undefined) {
      this.#intake.refuse(item, refusal);
      return;
    }
    this.#intake.accept(item);
    this.#loop ??= this.#begin();
    this.#schedule();
  }

  note(kind: StreamKind, gap: GapNote): void {
    this.#intake.note(kind, gap);
    if (this.#loop !== undefined && this.#closed === undefined) this.#schedule();
  }

  stats(): RecordingCounters {
    return this.#intake.counters(
      this.#folder?.pendingFrames ?? 0,
      this.#unsyncedBefore + (this.#folder?.unsyncedPictures ?? 0),
    );
  }

  close(): Promise<RecordingSummary> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  /** Why a frame isn't even queued. */
  #refusal(item: Waiting): GapReason | undefined {
    if (this.#closed !== undefined) return 'off';
    if (this.#fault !== undefined) return this.#fault.reason;
    if (item.frame.kind !== 'audio' || item.frame.unchanged) return undefined;
    const chunk = soundChunk(item);
    return typeof chunk === 'string' ? chunk : undefined;
  }

  #schedule(): void {
    if (this.#intake.queue.heldBytes >= EAGER_BYTES) this.#wakeup.wake();
    else {
      this.#cancelBatch ??= this.#options.clock.after(BATCH_MS, () => {
        this.#cancelBatch = undefined;
        this.#wakeup.wake();
      });
    }
  }

  #begin(): Promise<void> {
    this.#stopTicking = this.#options.clock.every(TICK_MS, () => {
      this.#isTickDue = true;
      this.#sayIfSlow();
      this.#wakeup.wake();
    });
    return this.#run();
  }

  async #run(): Promise<void> {
    do {
      await this.#wakeup.wait();
      await this.#turn();
    } while (this.#closed === undefined || !this.#intake.queue.empty);
  }

  /** Never rejects. */
  async #turn(): Promise<void> {
    if (this.#fault !== undefined) {
      if (this.#isTickDue) await this.#tryAgain(this.#fault);
      return;
    }
    try {
      await this.#drain(this.#folder ?? (await this.#start()));
    } catch (thrown) {
      await this.#stop(thrown);
    }
  }

  async #start(): Promise<FramesFolder> {
    const folder = await this.#makeFolder();
    this.#emit('started', folder.path);
    return folder;
  }

  async #makeFolder(): Promise<FramesFolder> {
    const { fs, root, limits, wavMostBytes = WAV_MOST_BYTES } = this.#options;
    await fs.mkdir(root, { mode: FOLDER_MODE, recursive: true });
    await requireRoom(fs, root, limits['disk-free-bytes']);
    const folder = await FramesFolder.make({
      fs,
      root,
      stay: this.#options,
      turns: this.#turns,
      wavMostBytes,
      onSettled: (item) => {
        this.#intake.queue.settle(item);
      },
      onSuspect: (file, words) => {
        this.#suspects.push(file);
        this.#emit('suspect', folder.path, { code: 'MEET_DISK_WRITE', words });
      },
    });
    this.#folder = folder;
    this.#paths.push(folder.path);
    return folder;
  }

  async #drain(folder: FramesFolder): Promise<void> {
    const { queue } = this.#intake;
    do {
      if (this.#isTickDue) await this.#tick(folder);
      this.#addGaps(folder);
      const sounds = queue.takeSounds(SOUND_TURN_BYTES);
      if (sounds.length > 0) await folder.writeSounds(sounds);
      const picture = queue.takePicture();
      if (picture !== undefined && picture.frame.kind !== 'audio') {
        await folder.writePicture(picture.frame.kind, picture);
      }
      queue.release();
      if (queue.empty || folder.pendingChars >= INDEX_TURN_CHARS) await this.#flush(folder);
    } while (!queue.empty);
  }

  async #tick(folder: FramesFolder): Promise<void> {
    const { fs, limits } = this.#options;
    this.#isTickDue = false;
    if (!(await folder.inPlace())) {
      throw new MeetError(
        'MEET_DISK_WRITE',
        `${folder.path} was removed or moved while it was recorded to; ` +
          'recording goes on in a new folder: end the recording before moving it',
      );
    }
    await requireRoom(fs, folder.path, limits['disk-free-bytes']);
    await this.#flush(folder);
    await folder.sync();
  }

  async #flush(folder: FramesFolder): Promise<void> {
    this.#intake.kept(await folder.flush());
  }

  #addGaps(folder: FramesFolder): void {
    for (const gap of this.#intake.takeGaps()) folder.addLine(gap);
  }

  /** Never rejects. From its first moment on, frames are dropped and not queued. */
  async #stop(thrown: unknown): Promise<void> {
    const path = this.#folder?.path ?? roomFolder(this.#options.root, this.#options);
    const error = diskFault(thrown, path);
    const reason = error.code === 'MEET_DISK_FULL' ? 'disk-full' : 'disk-write';
    const failedBytes = this.#intake.queue.takenBytes + (this.#folder?.pendingChars ?? 0);
    this.#fault = { error, reason, failedBytes };
    this.#intake.dropAll(reason);
    await this.#folder?.pause();
    this.#emit('stopped', path, { code: error.code, words: error.message });
  }

  /** Goes on when the disk is good again; else the next tick looks again. Never rejects. */
  async #tryAgain(fault: Fault): Promise<void> {
    this.#isTickDue = false;
    try {
      const folder = await this.#mended(fault);
      if (folder === undefined) return;
      folder.addLine({ type: 'resumed', atUs: this.#options.clock.wallUs() });
      this.#addGaps(folder);
      this.#fault = undefined;
      this.#emit('resumed', folder.path);
      this.#wakeup.wake();
    } catch {
      // Still the fault that was told when it stopped, or another: told again it would only repeat.
    }
  }

  /** The folder to go on in, its waiting lines written; undefined while there is no room. */
  async #mended({ error, failedBytes }: Fault): Promise<FramesFolder | undefined> {
    const { fs, root, limits } = this.#options;
    if (error.code === 'MEET_DISK_FULL') {
      await fs.mkdir(root, { mode: FOLDER_MODE, recursive: true });
      if (!(await hasRoomAgain(fs, root, limits['disk-free-bytes'], failedBytes))) return undefined;
    }
    const before = this.#folder;
    if (before !== undefined && (await before.inPlace())) {
      await before.mend(failedBytes);
      await this.#flush(before);
      return before;
    }
    if (before !== undefined) await this.#forget(before);
    return this.#makeFolder();
  }

  /** Closes a folder that is gone, or at the end. Its unwritten lines are dropped frames. */
  async #forget(folder: FramesFolder): Promise<void> {
    this.#folder = undefined;
    this.#unsyncedBefore += folder.unsyncedPictures;
    this.#intake.lost(folder.discard());
    await folder.close();
  }

  async #finish(): Promise<RecordingSummary> {
    // Lets `close` keep this promise first: from then on frames are refused and the loop ends.
    await Promise.resolve();
    this.#stopTicking?.();
    this.#cancelBatch?.();
    this.#wakeup.wake();
    await this.#loop;
    const path = this.#folder?.path ?? roomFolder(this.#options.root, this.#options);
    if (this.#folder !== undefined) await this.#end(this.#folder);
    const fault = this.#fault?.error;
    const words = fault === undefined ? {} : { code: fault.code, words: fault.message };
    if (this.#loop !== undefined) this.#emit('ended', path, words);
    const counters = this.stats();
    this.#options.onClosed?.();
    return { paths: [...this.#paths], counters, suspectFiles: [...this.#suspects], ...words };
  }

  async #end(folder: FramesFolder): Promise<void> {
    try {
      this.#addGaps(folder);
      this.#intake.kept(await folder.end(this.#options.clock.wallUs()));
    } catch (thrown) {
      const error = diskFault(thrown, folder.path);
      this.#fault ??= { error, reason: 'disk-write', failedBytes: 0 };
    }
    await this.#forget(folder);
  }

  #sayIfSlow(): void {
    const frames = this.#intake.takeSlowDrops();
    if (frames === 0) return;
    const limitBytes = this.#options.limits['recording-queue-bytes'];
    this.#emit('slow', this.#folder?.path ?? this.#options.root, {
      code: 'MEET_DISK_SLOW',
      words:
        `the disk is too slow: ${frames} frames were dropped since ${limitBytes} bytes waited for ` +
        'it (--limit recording-queue-bytes); record to a faster disk or lower --fps',
    });
  }

  #emit(
    state: RecordingState,
    path: string,
    why: Pick<RecordingEvent, 'code' | 'words'> = {},
  ): void {
    try {
      this.#options.onEvent({ state, path, ...why, counters: this.stats() });
    } catch {
      // A listener's fault must not end the recording of a meeting.
    }
  }
}
