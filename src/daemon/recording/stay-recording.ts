/**
 * One participant's stay, whatever its format on disk. Owns the life of a recording: the one loop that
 * writes, stopping when the disk fails and going on when it is mended. Never throws into the hub;
 * knows no file names.
 *
 *            first frame            fault: what waits is dropped and counted
 *   waiting ─────────────> writing ───────────────────────────────────────────> stopped
 *                             ^                                                    │
 *                             └── each second: room, folder and a trial are good ──┘
 */
import type { Clock } from '../../transport/clock.js';
import type { MeetError } from '../../transport/errors.js';
import type { Frame } from '../../transport/frame.js';
import type { Limits } from '../../transport/limits.js';
import type { StreamFormat, StreamKind } from '../../transport/stream-kind.js';
import { diskFault } from './disk-fault.js';
import type { Waiting } from './frame-queue.js';
import type { GapReason, RemarkLine } from './index-line.js';
import type { RecordingDisk } from './recording-disk.js';
import { RecordingIntake } from './recording-intake.js';
import type {
  GapNote,
  Recording,
  RecordingCounters,
  RecordingEvent,
  RecordingState,
  RecordingSummary,
} from './recording.js';
import { soundChunk } from './sound-chunk.js';
import { Wakeup } from './wakeup.js';
import { WallEras } from './wall-eras.js';

export interface StayRecordingOptions {
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'recording-queue-bytes'>;
  /** Makes the side towards the disk; opens nothing yet. */
  readonly disk: (hooks: DiskHooks) => RecordingDisk;
  /** Frames gather for so long before they are written, in ms. */
  readonly batchMs: number;
  /** So many waiting bytes do not wait for the batch to end. */
  readonly eagerBytes: number;
  /** Whether what comes while a batch is written waits for the next one. */
  readonly gathers: boolean;
  /** Called synchronously; what it throws is ignored. */
  readonly onEvent: (event: RecordingEvent) => void;
  /** Called once, when `close` is done. */
  readonly onClosed?: () => void;
}

/** What the side towards the disk gets of its recording. */
export interface DiskHooks {
  readonly intake: RecordingIntake;
  readonly emit: (state: RecordingState, why?: EventWords) => void;
}

export type EventWords = Pick<RecordingEvent, 'code' | 'words'>;

/** Syncing, looking after the disk, and trying again when stopped. */
const TICK_MS = 1000;

interface Fault {
  readonly error: MeetError;
  readonly reason: GapReason;
  /** What could not be written. */
  readonly failedBytes: number;
}

export class StayRecording implements Recording {
  readonly #options: StayRecordingOptions;
  readonly #intake: RecordingIntake;
  readonly #disk: RecordingDisk;
  readonly #wakeup = new Wakeup();
  readonly #eras: WallEras;
  #fault: Fault | undefined;
  #loop: Promise<void> | undefined;
  #stopTicking: (() => void) | undefined;
  #cancelBatch: (() => void) | undefined;
  #isTickDue = false;
  #closed: Promise<RecordingSummary> | undefined;

  /** Nothing is made on disk before the first frame. Never throws. */
  constructor(options: StayRecordingOptions) {
    this.#options = options;
    this.#eras = new WallEras(options.clock);
    this.#intake = new RecordingIntake(options.limits['recording-queue-bytes']);
    this.#disk = options.disk({
      intake: this.#intake,
      emit: (state, why) => {
        this.#emit(state, why);
      },
    });
  }

  offer(frame: Frame, format: StreamFormat | undefined, receivedAtUs: number): void {
    const item = { frame, format, receivedAtUs, era: this.#eras.of(receivedAtUs) };
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

  remark(line: RemarkLine): void {
    this.#intake.remark(line);
    if (this.#loop !== undefined && this.#closed === undefined) this.#schedule();
  }

  stats(): RecordingCounters {
    return this.#intake.counters(this.#disk.pendingFrames, this.#disk.unsyncedPictures);
  }

  close(): Promise<RecordingSummary> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  /** Why a frame isn't even queued. */
  #refusal(item: Waiting): GapReason | undefined {
    if (this.#closed !== undefined) return 'off';
    if (this.#fault !== undefined) return this.#fault.reason;
    if (item.frame.unchanged) return undefined;
    if (item.frame.payload.length === 0) return 'malformed';
    if (item.frame.kind !== 'audio') return undefined;
    const chunk = soundChunk(item);
    return typeof chunk === 'string' ? chunk : undefined;
  }

  #schedule(): void {
    const { batchMs, eagerBytes, clock } = this.#options;
    if (this.#intake.queue.heldBytes >= eagerBytes) this.#wakeup.wake();
    else {
      this.#cancelBatch ??= clock.after(batchMs, () => {
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

  /** Ends once it is closing and nothing waits. Never rejects. */
  async #run(): Promise<void> {
    do {
      await this.#wakeup.wait();
      if (this.#fault !== undefined) await this.#tryAgain(this.#fault);
      else await this.#write();
    } while (this.#closed === undefined || !this.#intake.queue.empty);
  }

  async #write(): Promise<void> {
    try {
      if (!this.#disk.isOpen) {
        await this.#disk.open();
        this.#emit('started');
      }
      do {
        if (this.#isTickDue) {
          this.#isTickDue = false;
          await this.#disk.lookAfter();
        }
        await this.#disk.writeTurn();
      } while (this.#hasMore());
    } catch (thrown) {
      await this.#stop(thrown);
    }
  }

  /** Whether to go on at once. Else what waits is written when its batch is over. */
  #hasMore(): boolean {
    const { clock, gathers, batchMs, eagerBytes } = this.#options;
    const { empty, heldBytes, oldestAtUs } = this.#intake.queue;
    if (empty) return false;
    if (!gathers || this.#closed !== undefined || heldBytes >= eagerBytes) return true;
    return oldestAtUs !== undefined && clock.wallUs() - oldestAtUs >= batchMs * 1000;
  }

  /** From its first moment on, frames are dropped and not queued. */
  async #stop(thrown: unknown): Promise<void> {
    const error = diskFault(thrown, this.#disk.path);
    const reason = error.code === 'MEET_DISK_FULL' ? 'disk-full' : 'disk-write';
    const failedBytes = this.#intake.queue.takenBytes + this.#disk.pendingBytes;
    this.#fault = { error, reason, failedBytes };
    this.#intake.dropAll(reason);
    await this.#disk.pause();
    this.#emit('stopped', { code: error.code, words: error.message });
  }

  async #tryAgain({ error, failedBytes }: Fault): Promise<void> {
    if (!this.#isTickDue) return;
    this.#isTickDue = false;
    try {
      const wasFull = error.code === 'MEET_DISK_FULL';
      const atUs = this.#options.clock.wallUs();
      if (!(await this.#disk.goOn(wasFull, failedBytes, atUs))) return;
    } catch {
      // Still the fault that was told when it stopped, or another: the next tick looks again.
      return;
    }
    this.#fault = undefined;
    this.#emit('resumed');
    this.#wakeup.wake();
  }

  async #finish(): Promise<RecordingSummary> {
    // Lets `close` keep this promise first: from then on frames are refused and the loop ends.
    await Promise.resolve();
    this.#stopTicking?.();
    this.#cancelBatch?.();
    this.#wakeup.wake();
    await this.#loop;
    let fault = this.#fault?.error;
    try {
      await this.#disk.end(this.#options.clock.wallUs());
    } catch (thrown) {
      fault ??= diskFault(thrown, this.#disk.path);
    }
    const why = fault === undefined ? {} : { code: fault.code, words: fault.message };
    if (this.#loop !== undefined) this.#emit('ended', why);
    this.#options.onClosed?.();
    const { paths, suspectFiles } = this.#disk;
    return { paths: [...paths], counters: this.stats(), suspectFiles: [...suspectFiles], ...why };
  }

  #sayIfSlow(): void {
    const frames = this.#intake.takeSlowDrops();
    if (frames === 0) return;
    const limitBytes = this.#options.limits['recording-queue-bytes'];
    this.#emit('slow', {
      code: 'MEET_DISK_SLOW',
      words:
        `the disk is too slow: ${frames} frames were dropped since ${limitBytes} bytes waited for ` +
        'it (--limit recording-queue-bytes); record to a faster disk or lower --fps',
    });
  }

  #emit(state: RecordingState, why: EventWords = {}): void {
    try {
      this.#options.onEvent({ state, path: this.#disk.path, ...why, counters: this.stats() });
    } catch {
      // A listener's fault must not end the recording of a meeting.
    }
  }
}
