/**
 * The figures of a running share, second by second. Owns the rates; counts nothing itself.
 */
import type { SharedStream, SharedStreamStats } from '../capture/shared-stream.js';
import type { PublisherStream } from '../transport/publisher-stream.js';
import type { MeetEvent } from './event-schema.js';

export type ShareRow = (MeetEvent & { event: 'stats' })['streams'][number];

interface Sample {
  readonly frames: number;
  readonly bytes: number;
  readonly atMs: number;
}

/** What a stream has counted until now. */
export function countsOf(
  publisher: PublisherStream,
): Pick<ShareRow, 'frames' | 'bytes' | 'lost' | 'dropped' | 'unacknowledged'> {
  const { written, bytes, lostOffline, dropped, unacknowledged } = publisher.stats;
  return { frames: written, bytes, lost: lostOffline, dropped, unacknowledged };
}

export class ShareRates {
  readonly #startedMs: number;
  readonly #last = new Map<PublisherStream, Sample>();

  /** `nowMs`: the monotonic time from which the first rates count. */
  constructor(nowMs: number) {
    this.#startedMs = nowMs;
  }

  /** A row of one stream; rates are of the time since its last row. */
  row(publisher: PublisherStream, shared: SharedStream, nowMs: number): ShareRow {
    const { written, bytes, connected } = publisher.stats;
    const { unchanged } = shared.stats;
    const last = this.#last.get(publisher) ?? { frames: 0, bytes: 0, atMs: this.#startedMs };
    const seconds = Math.max(0.001, (nowMs - last.atMs) / 1000);
    this.#last.set(publisher, { frames: written, bytes, atMs: nowMs });
    return {
      kind: publisher.kind,
      ...stateOf(shared.stats),
      connected,
      ...countsOf(publisher),
      unchanged,
      framesPerSecond: Math.round(((written - last.frames) / seconds) * 10) / 10,
      bytesPerSecond: Math.round((bytes - last.bytes) / seconds),
    };
  }
}

/** A device that rests since nobody watches is on: its frames are due when they are wanted. */
function stateOf({ able, hindrances }: SharedStreamStats): Pick<ShareRow, 'state' | 'by'> {
  if (hindrances.includes('sent-away')) return { state: 'sent-away', by: 'host' };
  if (hindrances.includes('held')) return { state: 'off', by: 'host' };
  if (hindrances.includes('off')) return { state: 'off', by: 'self' };
  return { state: able && !hindrances.includes('unreachable') ? 'on' : 'stalled' };
}
