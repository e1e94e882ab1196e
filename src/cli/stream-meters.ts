/**
 * The figures of all streams that one viewer gets. Owns one meter a stream, up to a bound, and which of
 * them are asked for.
 */
import type { Clock } from '../transport/clock.js';
import type { Frame } from '../transport/frame.js';
import type { RosterEntry } from '../transport/roster-records.js';
import { STREAM_KINDS } from '../transport/stream-kind.js';
import type { StreamFigures } from '../tui/meeting.js';
import { StreamMeter } from './stream-meter.js';

/** Streams whose figures are kept: more than any daemon has. A daemon may name any number as one. */
const METERS_MAX = 4096;

export class StreamMeters {
  readonly #clock: Clock;
  /** By `participant/kind`. */
  readonly #meters = new Map<string, StreamMeter>();
  #wanted: ReadonlySet<string> = new Set();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(participant: number, frame: Frame, ageMs: number): void {
    const key = `${participant}/${frame.kind}`;
    const meter = this.#meters.get(key) ?? this.#newMeter(key);
    meter.count(frame, ageMs);
  }

  /** Of the streams of this roster that have had a frame. */
  figures(roster: readonly RosterEntry[]): StreamFigures[] {
    const nowMs = this.#clock.now();
    return roster.flatMap(({ participant, streams }) =>
      streams.flatMap(({ kind }) => {
        const meter = this.#meters.get(`${participant}/${kind}`);
        return meter === undefined ? [] : [{ participant, kind, ...meter.figures(nowMs) }];
      }),
    );
  }

  /** Only these pictures come from now on; what a stream missed before is not lost. */
  select(wanted: readonly { participant: number; kind: 'screen' | 'video' }[]): void {
    const keys = wanted.map(({ participant, kind }) => `${participant}/${kind}`);
    for (const key of keys) if (!this.#wanted.has(key)) this.#meters.get(key)?.beginAgain();
    this.#wanted = new Set(keys);
  }

  /** Of one who is here no more. */
  forget(participant: number): void {
    for (const kind of STREAM_KINDS) this.#meters.delete(`${participant}/${kind}`);
  }

  #newMeter(key: string): StreamMeter {
    const meter = new StreamMeter(this.#clock.now());
    this.#meters.set(key, meter);
    const [oldest] = this.#meters.keys();
    if (oldest !== undefined && this.#meters.size > METERS_MAX) this.#meters.delete(oldest);
    return meter;
  }
}
