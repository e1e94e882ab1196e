/**
 * Opens recordings in the frames format below one root. Owns what they share: the turns in which
 * they sync, and closing all of them.
 */
import { SyncTurns } from './sync-turns.js';
import type { FramesRecordingOptions } from './frames-recording.js';
import { openFramesRecording } from './frames-recording.js';
import type { Recorder, Recording, RecordingEvent, Stay } from './recording.js';

export interface FramesRecorderOptions extends Omit<
  FramesRecordingOptions,
  keyof Stay | 'turns' | 'onEvent' | 'onClosed'
> {
  /** Called synchronously, with the stay of whose recording it tells. */
  readonly onEvent: (event: RecordingEvent, stay: Stay) => void;
}

/** A recorder for `--format frames`. Touches no disk before the first frame of a recording. */
export function framesRecorder(options: FramesRecorderOptions): Recorder {
  const turns = new SyncTurns(options.clock);
  const open = new Set<Recording>();
  return {
    open(stay) {
      const recording = openFramesRecording({
        ...options,
        ...stay,
        turns,
        onEvent: (event) => {
          options.onEvent(event, stay);
        },
        onClosed: () => {
          open.delete(recording);
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
