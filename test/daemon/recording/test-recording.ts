/**
 * A recording as these tests open it: real files in a folder of the test's own, a clock that the
 * test moves, and its events, which can be awaited.
 */
import { openFramesRecording } from '../../../src/daemon/recording/frames-recording.js';
import type { FramesRecordingOptions } from '../../../src/daemon/recording/frames-recording.js';
import type { RecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import type {
  Recording,
  RecordingEvent,
  RecordingState,
} from '../../../src/daemon/recording/recording.js';
import type { Limits } from '../../../src/transport/limits.js';
import { limitsWith } from '../../../src/transport/limits.js';
import type { Frame } from '../../../src/transport/frame.js';
import type { StreamFormat } from '../../../src/transport/stream-kind.js';
import { PICTURE, SOUND, STARTED_AT_US } from './frames.js';
import { ManualClock } from '../../setup/manual-clock.js';

/** Far more than any write takes; ends a test that failed, so that it does not go on for ever. */
const SETTLE_MS = 25_000;

export interface TestRecordingOptions {
  readonly fs?: Partial<RecordingFs>;
  readonly limits?: Partial<Limits>;
  readonly more?: Partial<FramesRecordingOptions>;
  /** The frames format by default. */
  readonly open?: (options: FramesRecordingOptions) => Recording;
}

export class TestRecording {
  readonly clock = new ManualClock();
  readonly events: RecordingEvent[] = [];
  readonly recording: Recording;
  #listeners: (() => void)[] = [];

  constructor(root: string, options: TestRecordingOptions = {}) {
    const { open = openFramesRecording } = options;
    this.recording = open({
      root,
      room: 'Lab 1',
      participantName: 'Ünal/../kiosk',
      startedAtUs: STARTED_AT_US,
      fs: { ...systemRecordingFs, ...options.fs },
      clock: this.clock,
      limits: limitsWith({ 'disk-free-bytes': 0, ...options.limits }),
      onEvent: (event) => {
        this.events.push(event);
        for (const listener of this.#listeners) listener();
      },
      ...options.more,
    });
  }

  get states(): RecordingState[] {
    return this.events.map((event) => event.state);
  }

  offer(frame: Frame, format?: StreamFormat): void {
    const usual = frame.kind === 'audio' ? SOUND : PICTURE;
    this.recording.offer(frame, format ?? usual, this.clock.wallUs());
  }

  /** Resolves with the `count`th event of a state, at once if it has been. */
  async event(state: RecordingState, count = 1): Promise<RecordingEvent> {
    for (;;) {
      const found = this.events.filter((event) => event.state === state)[count - 1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#listeners.push(resolve);
      });
      this.#listeners = [];
    }
  }

  /** Lets what was offered go to the disk, and waits until it is there, or recording has stopped. */
  async settle(advanceMs = 200): Promise<void> {
    this.clock.advance(advanceMs);
    const untilMs = performance.now() + SETTLE_MS;
    while (this.recording.stats().waitingFrames > 0 && this.states.at(-1) !== 'stopped') {
      if (performance.now() > untilMs) throw new Error(`frames still wait after ${SETTLE_MS} ms`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
