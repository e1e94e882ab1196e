/**
 * Opens Matroska recordings for tests: `TestRecording` with `open: matroska(...)`, and the clock's pace
 * of half a second.
 */
import { randomUUID } from 'node:crypto';
import type { FramesRecordingOptions } from '../../../src/daemon/recording/frames-recording.js';
import type { MkvRecorderOptions } from '../../../src/daemon/recording/mkv-recorder.js';
import { mkvRecorder } from '../../../src/daemon/recording/mkv-recorder.js';
import type { Recorder, Recording } from '../../../src/daemon/recording/recording.js';
import { RootGuard } from '../../../src/daemon/recording/root-guard.js';
import { SyncTurns } from '../../../src/daemon/recording/sync-turns.js';

export type MatroskaChanges = Partial<MkvRecorderOptions>;

type Common = Pick<FramesRecordingOptions, 'root' | 'fs' | 'clock' | 'limits' | 'onEvent'>;

/** A recorder as the daemon has it, but for what is changed. */
export function matroskaRecorder(options: Common, changes: MatroskaChanges = {}): Recorder {
  const { fs, root, clock } = options;
  const turns = new SyncTurns(clock);
  return mkvRecorder({
    ...options,
    turns,
    guard: new RootGuard({ fs, root, turns, newId: randomUUID }),
    software: 'meet test',
    segment: { ms: 600_000, bytes: 2 * 1024 ** 3 },
    ...changes,
  });
}

/** For `TestRecording`'s `open`. */
export function matroska(
  changes: MatroskaChanges = {},
): (options: FramesRecordingOptions) => Recording {
  return (options) => matroskaRecorder(options, changes).open(options);
}
