/**
 * What one segment holds, counted for each track. Owns these counters; writes nothing.
 */
import type { StreamKind } from '../../transport/stream-kind.js';
import type { TimedBlock } from './matroska/segment-muxer.js';
import type { TrackCount, TrackCounts } from './matroska/segment-tail.js';
import type { TrackKind } from './matroska/tracks.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class SegmentCounts {
  readonly #tracks: Readonly<Record<TrackKind, Mutable<TrackCount>>> = {
    screen: zero(),
    video: zero(),
    audio: zero(),
    events: zero(),
  };

  written(blocks: readonly TimedBlock[]): void {
    for (const block of blocks) {
      const count = this.#tracks[block.track];
      count.frames += 1;
      count.bytes +=
        block.track === 'events' ? Buffer.byteLength(block.words) : block.payload.length;
    }
  }

  unchanged(kind: StreamKind): void {
    this.#tracks[kind].unchanged += 1;
  }

  dropped(kind: StreamKind, frames: number): void {
    this.#tracks[kind].dropped += frames;
  }

  snapshot(): TrackCounts {
    const { screen, video, audio, events } = this.#tracks;
    return {
      screen: { ...screen },
      video: { ...video },
      audio: { ...audio },
      events: { ...events },
    };
  }
}

function zero(): Mutable<TrackCount> {
  return { frames: 0, bytes: 0, dropped: 0, unchanged: 0 };
}
