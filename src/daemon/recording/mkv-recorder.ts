/**
 * Opens Matroska recordings below one root. Owns what they share: meetings, the turns in which they
 * sync, and closing all of them.
 */
import type { Clock } from '../../transport/clock.js';
import type { Limits } from '../../transport/limits.js';
import { MeetingFolders } from './meeting-folders.js';
import type { SegmentBounds } from './mkv-disk.js';
import { MkvDisk } from './mkv-disk.js';
import type { RecordingFs } from './recording-fs.js';
import type { Recorder, Recording, RecordingEvent, Stay } from './recording.js';
import { StayRecording } from './stay-recording.js';
import { SyncTurns } from './sync-turns.js';

export interface MkvRecorderOptions {
  /** Where recordings go; made (0700) when it is missing. */
  readonly root: string;
  readonly fs: RecordingFs;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'recording-queue-bytes' | 'disk-free-bytes'>;
  /** The program and its version, kept in each file. */
  readonly software: string;
  /** When a segment is followed by the next; 10 minutes and 2 GiB by default. */
  readonly segment?: SegmentBounds;
  /** Called synchronously, with the stay of whose recording it tells; what it throws is ignored. */
  readonly onEvent: (event: RecordingEvent, stay: Stay) => void;
}

export const DEFAULT_SEGMENT: SegmentBounds = { ms: 10 * 60_000, bytes: 2 * 1024 ** 3 };
/** Frames gather for so long before they are written as one Cluster. */
const BATCH_MS = 500;
/** So many waiting bytes do not wait for that. */
const EAGER_BYTES = 4 * 1024 ** 2;

/** A recorder for `--format mkv`. Touches no disk before the first frame of a recording. */
export function mkvRecorder(options: MkvRecorderOptions): Recorder {
  const { fs, root, clock, limits, segment = DEFAULT_SEGMENT } = options;
  const turns = new SyncTurns(clock);
  const meetings = new MeetingFolders({ fs, root, clock, turns });
  const open = new Set<Recording>();
  return {
    open(stay) {
      meetings.enter(stay);
      const recording = new StayRecording({
        clock,
        limits,
        batchMs: BATCH_MS,
        eagerBytes: EAGER_BYTES,
        gathers: true,
        disk: (hooks) => new MkvDisk({ ...options, ...hooks, stay, turns, meetings, segment }),
        onEvent: (event) => {
          options.onEvent(event, stay);
        },
        onClosed: () => {
          open.delete(recording);
          meetings.leave(stay);
        },
      });
      open.add(recording);
      return recording;
    },
    async close() {
      await Promise.all([...open].map((recording) => recording.close()));
    },
  };
}
