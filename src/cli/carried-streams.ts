/**
 * The streams that a bridge carries onward, from their first frame until the last one has gone. Owns
 * their end and the sums of what they counted; knows no older client.
 */
import type { PublisherStream } from '../transport/publisher-stream.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { STREAM_KINDS } from '../transport/stream-kind.js';
import { countsOf } from './share-stats.js';

/** Of all streams of a kind, those that have ended included, as `meet share` counts its own. */
export type CarriedRow = ReturnType<typeof countsOf> & { readonly kind: StreamKind };

export class CarriedStreams {
  readonly #open = new Set<PublisherStream>();
  readonly #ending = new Map<PublisherStream, Promise<void>>();
  readonly #past: CarriedRow[] = [];

  add(publisher: PublisherStream): void {
    this.#open.add(publisher);
  }

  /** Whether it has not been ended here. */
  has(publisher: PublisherStream): boolean {
    return this.#open.has(publisher) && !this.#ending.has(publisher);
  }

  /** What waits to be sent goes out first. Idempotent. */
  end(publisher: PublisherStream, reason: string): Promise<void> {
    if (!this.#open.has(publisher)) return Promise.resolve();
    const ending = this.#ending.get(publisher) ?? this.#end(publisher, reason);
    this.#ending.set(publisher, ending);
    return ending;
  }

  /** Ends all; resolves when no socket is left. */
  async close(reason: string): Promise<void> {
    await Promise.all([...this.#open].map((publisher) => this.end(publisher, reason)));
  }

  /** A row for each kind of which there was a stream. */
  rows(): CarriedRow[] {
    const all = [...this.#past, ...[...this.#open].map((publisher) => rowOf(publisher))];
    return STREAM_KINDS.flatMap((kind) => sum(all.filter((row) => row.kind === kind)));
  }

  async #end(publisher: PublisherStream, reason: string): Promise<void> {
    await publisher.flush();
    await publisher.close(reason);
    this.#open.delete(publisher);
    this.#ending.delete(publisher);
    const past = sum([
      ...this.#past.filter(({ kind }) => kind === publisher.kind),
      rowOf(publisher),
    ]);
    const others = this.#past.filter(({ kind }) => kind !== publisher.kind);
    this.#past.splice(0, Infinity, ...others, ...past);
  }
}

function rowOf(publisher: PublisherStream): CarriedRow {
  return { kind: publisher.kind, ...countsOf(publisher) };
}

function sum([first, ...others]: readonly CarriedRow[]): CarriedRow[] {
  if (first === undefined) return [];
  return [others.reduce((one, other) => added(one, other), first)];
}

function added(one: CarriedRow, other: CarriedRow): CarriedRow {
  return {
    kind: one.kind,
    frames: plus(one.frames, other.frames),
    bytes: plus(one.bytes, other.bytes),
    lost: plus(one.lost, other.lost),
    dropped: plus(one.dropped, other.dropped),
    unacknowledged: plus(one.unacknowledged, other.unacknowledged),
  };
}

function plus(one = 0, other = 0): number {
  return one + other;
}
