/**
 * The counters of one recording while it runs. Owns that they add up: each frame offered is counted
 * once more, as written, unchanged or dropped; reads no clock and no disk.
 */
import type { StreamKind } from '../../transport/stream-kind.js';
import type { KindCounters } from './recording.js';

/** What is counted of a frame once its buffer may go. */
export interface CountedFrame {
  readonly kind: StreamKind;
  readonly unchanged: boolean;
  /** Payload bytes. */
  readonly sizeBytes: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class RecordingTally {
  readonly #kinds: Readonly<Record<StreamKind, Mutable<KindCounters>>> = {
    screen: zero(),
    video: zero(),
    audio: zero(),
  };

  offered(kind: StreamKind): void {
    this.#kinds[kind].offered += 1;
  }

  kept(frame: CountedFrame): void {
    const counters = this.#kinds[frame.kind];
    if (frame.unchanged) {
      counters.unchanged += 1;
      return;
    }
    counters.written += 1;
    counters.writtenBytes += frame.sizeBytes;
  }

  dropped(frame: CountedFrame): void {
    const counters = this.#kinds[frame.kind];
    counters.dropped += 1;
    counters.droppedBytes += frame.sizeBytes;
  }

  /** A copy, for events and stats. */
  snapshot(): Record<StreamKind, KindCounters> {
    const { screen, video, audio } = this.#kinds;
    return { screen: { ...screen }, video: { ...video }, audio: { ...audio } };
  }
}

function zero(): Mutable<KindCounters> {
  return { offered: 0, written: 0, unchanged: 0, dropped: 0, writtenBytes: 0, droppedBytes: 0 };
}
