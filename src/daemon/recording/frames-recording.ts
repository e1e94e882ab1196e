/**
 * One participant's stay in the frames format. Owns the pace at which frames are written as files;
 * the life of the recording is that of stay-recording.ts.
 */
import type { Clock } from '../../transport/clock.js';
import type { Limits } from '../../transport/limits.js';
import { FramesDisk } from './frames-disk.js';
import type { RecordingFs } from './recording-fs.js';
import type { Recording, RecordingEvent, Stay } from './recording.js';
import { StayRecording } from './stay-recording.js';
import { SyncTurns } from './sync-turns.js';

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
/** So many waiting bytes do not wait for the batch to end. */
const EAGER_BYTES = 1024 ** 2;

/** Opens a recording. Nothing is made on disk before the first frame. Never throws. */
export function openFramesRecording(options: FramesRecordingOptions): Recording {
  const { clock, limits, onEvent, onClosed } = options;
  const { turns = new SyncTurns(clock), wavMostBytes = WAV_MOST_BYTES } = options;
  return new StayRecording({
    clock,
    limits,
    batchMs: BATCH_MS,
    eagerBytes: EAGER_BYTES,
    gathers: false,
    onEvent,
    ...(onClosed === undefined ? {} : { onClosed }),
    disk: ({ intake, emit }) =>
      new FramesDisk({
        ...options,
        stay: options,
        turns,
        wavMostBytes,
        intake,
        onSuspect: (words) => {
          emit('suspect', { code: 'MEET_DISK_WRITE', words });
        },
      }),
  });
}
