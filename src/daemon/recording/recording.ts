/**
 * What every recorder is, whatever its format on disk: one Recording for one participant's stay,
 * opened by a Recorder. Owns the interfaces, the events and the counters; writes nothing itself.
 *
 *   hub ── offer(frame) ──> Recording ── bounded queue ──> disk
 *   hub ── note(gap) ─────>     │
 *                               └── onEvent(RecordingEvent) ──> operators
 */
import type { ErrorCode } from '../../transport/errors.js';
import type { Frame } from '../../transport/frame.js';
import type { StreamFormat, StreamKind } from '../../transport/stream-kind.js';
import type { NoteReason, RemarkLine } from './index-line.js';

/** Frames that never came. Times are microseconds since the Unix epoch, daemon's clock. */
export interface GapNote {
  readonly reason: NoteReason;
  /** How many are missing, where it is known. */
  readonly frames?: number;
  /** First and last missing sequence on the wire, where they are known. */
  readonly fromSequence?: number;
  readonly toSequence?: number;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Once a recording is closed: offered = written + unchanged + dropped. All are counts or bytes. */
export interface KindCounters {
  readonly offered: number;
  /** On disk, and in the index. */
  readonly written: number;
  /** Pictures equal to the last one, and empty frames: in the index only. */
  readonly unchanged: number;
  readonly dropped: number;
  readonly writtenBytes: number;
  readonly droppedBytes: number;
}

export interface RecordingCounters extends Readonly<Record<StreamKind, KindCounters>> {
  /** Frames that wait for the disk or are being written, and the memory that they hold. */
  readonly waitingFrames: number;
  readonly waitingBytes: number;
  /** Pictures left to the kernel to bring to the platter, since syncing took too long. */
  readonly unsyncedPictures: number;
}

/**
 * `stopped`: nothing is written, frames are dropped and counted, it looks each second whether it
 * can go on (`resumed`). `slow`: frames were dropped because the disk is slow; once a second at
 * most. `suspect`: a sync failed, the file that `words` names may lack data after a power loss.
 * `segment`: it goes on in a new file.
 */
export type RecordingState =
  'started' | 'segment' | 'stopped' | 'resumed' | 'ended' | 'slow' | 'suspect';

export interface RecordingEvent {
  readonly state: RecordingState;
  /** The recording's folder or file; before it could be made, the folder where it belongs. */
  readonly path: string;
  readonly code?: ErrorCode;
  readonly words?: string;
  readonly counters: RecordingCounters;
}

export interface RecordingSummary {
  /** Folders or files written, oldest first; none when no frame came. */
  readonly paths: readonly string[];
  readonly counters: RecordingCounters;
  /** Files of which a sync failed, relative to the newest of `paths`. */
  readonly suspectFiles: readonly string[];
  /** The recording ended while it was stopped, or its end could not be written. */
  readonly code?: ErrorCode;
  readonly words?: string;
}

/** One participant's stay on disk. */
export interface Recording {
  /**
   * Takes a frame; holds its shared buffer until it is written or dropped, and copies nothing.
   * Synchronous, never throws, never blocks. `receivedAtUs`: microseconds since the Unix epoch.
   * Without a `format` pictures are written as they are; sound cannot be and is dropped.
   */
  offer(frame: Frame, format: StreamFormat | undefined, receivedAtUs: number): void;
  /** Marks frames that never came. Synchronous, never throws. Notes of one kind may be merged. */
  note(kind: StreamKind, gap: GapNote): void;
  /** Keeps what was said, shown of hands or toggled. Synchronous, never throws; bounded. */
  remark(line: RemarkLine): void;
  stats(): RecordingCounters;
  /** Writes what waits, syncs, closes. Idempotent; never rejects. Frames offered later are dropped. */
  close(): Promise<RecordingSummary>;
}

/** Whose stay is recorded. Both names may hold anything: they are cleaned before they reach a path. */
export interface Stay {
  readonly room: string;
  readonly participantName: string;
  /** Microseconds since the Unix epoch, daemon's clock. */
  readonly startedAtUs: number;
  /** The participant's clock minus the daemon's, in microseconds; undefined while it is not known. */
  readonly clockOffsetUs?: () => number | undefined;
}

/** Opens recordings in one format below one root. */
export interface Recorder {
  /** Never throws; nothing is made on disk before the first frame. */
  open(stay: Stay): Recording;
  /** Closes all recordings that are still open. Idempotent. */
  close(): Promise<void>;
}
