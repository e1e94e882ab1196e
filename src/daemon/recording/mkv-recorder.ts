/**
 * Opens Matroska recordings below one root. Owns what they share: meetings, the turns in which they
 * sync, and closing all of them.
 */
import type { Clock } from '../../transport/clock.js';
import type { MeetError } from '../../transport/errors.js';
import type { Limits } from '../../transport/limits.js';
import { MeetingFolders } from './meeting-folders.js';
import type { SegmentBounds } from './mkv-disk.js';
import { MkvDisk } from './mkv-disk.js';
import type { RecordingFs } from './recording-fs.js';
import type { Recorder, Recording, RecordingEvent, Stay } from './recording.js';
import type { Condemned, RetentionPolicy } from './retention-plan.js';
import { Retention } from './retention.js';
import type { RootGuard } from './root-guard.js';
import { StayRecording } from './stay-recording.js';
import type { SyncTurns } from './sync-turns.js';

export interface MkvRecorderOptions {
  /** Where recordings go; made (0700) when it is missing. */
  readonly root: string;
  readonly fs: RecordingFs;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'recording-queue-bytes' | 'disk-free-bytes'>;
  /** The program and its version, kept in each file. */
  readonly software: string;
  /** When a segment is followed by the next. */
  readonly segment: SegmentBounds;
  /** What is deleted again; nothing by default. */
  readonly retention?: RetentionPolicy;
  /** A segment was deleted by that. */
  readonly onRemoved?: (removed: Condemned) => void;
  /** One that is to go cannot be deleted. */
  readonly onRetentionFault?: (fault: MeetError) => void;
  readonly guard: RootGuard;
  /** In which the syncs of this disk take place. */
  readonly turns: SyncTurns;
  /** Called synchronously, with the stay of whose recording it tells; what it throws is ignored. */
  readonly onEvent: (event: RecordingEvent, stay: Stay) => void;
}

/** Frames gather for so long before they are written as one Cluster. */
const BATCH_MS = 500;
/** So many waiting bytes do not wait for that. */
const EAGER_BYTES = 4 * 1024 ** 2;
/** How often retention looks. */
const RETENTION_EVERY_MS = 30_000;

/** A recorder for `--format mkv`. Touches no disk before the first frame of a recording. */
export function mkvRecorder(options: MkvRecorderOptions): Recorder {
  const { fs, root, clock, limits, turns, segment } = options;
  const meetings = new MeetingFolders({ fs, root, clock, turns });
  const disks = new Map<Stay, MkvDisk>();
  const retention = new Retention({
    fs,
    root,
    clock,
    policy: options.retention ?? {},
    isInUse: (folder) => meetings.isInUse(folder),
    isWritten: (path) => [...disks.values()].some((disk) => disk.isOpen && disk.path === path),
    onRemoved: (removed) => options.onRemoved?.(removed),
    onFault: (fault) => options.onRetentionFault?.(fault),
  });
  const stopRetention = retention.isOn
    ? clock.every(RETENTION_EVERY_MS, () => void retention.run())
    : undefined;
  if (retention.isOn) void retention.run();
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
        disk: (hooks) => {
          const disk = new MkvDisk({ ...options, ...hooks, stay, meetings, segment, retention });
          disks.set(stay, disk);
          return disk;
        },
        onEvent: (event) => {
          options.onEvent(event, stay);
        },
        onClosed: () => {
          open.delete(recording);
          disks.delete(stay);
          meetings.leave(stay);
        },
      });
      open.add(recording);
      return recording;
    },
    async close() {
      stopRetention?.();
      await Promise.all([...open].map((recording) => recording.close()));
      if (retention.isOn) await retention.run();
    },
  };
}
