/**
 * Why a share's own streams do not flow, and since when: off by its user, stopped by the host, sent
 * away by the host; several may hold at once. Owns these times; turns nothing.
 */
import type { Hindrance } from '../capture/shared-stream.js';
import type { StreamKind } from '../transport/stream-kind.js';

/** A kind that is shared, and why it is not captured now, if it is not. */
export interface OwnState extends OwnStops {
  readonly kind: StreamKind;
  readonly live: boolean;
  readonly hindrances: readonly Hindrance[];
}

/** Since when, in microseconds of the Unix epoch; undefined: it is not so. */
export interface OwnStops {
  /** By this machine's clock. */
  readonly offSinceUs?: number;
  /** By the daemon's clock. */
  readonly heldSinceUs?: number;
  /** By this machine's clock. */
  readonly sentAwaySinceUs?: number;
}

/** What brings back a stream that was sent away: only its session is refused. */
export const HOW_IT_COMES_BACK = 'to share it again, end this program and start it again';

export class StopTimes {
  readonly #stops = new Map<StreamKind, Map<keyof OwnStops, number>>();

  /** `atUs` undefined: it is so no longer. */
  note(kind: StreamKind, stop: keyof OwnStops, atUs: number | undefined): void {
    const stops = this.#stops.get(kind) ?? new Map<keyof OwnStops, number>();
    this.#stops.set(kind, stops);
    if (atUs === undefined) stops.delete(stop);
    else stops.set(stop, atUs);
  }

  of(kind: StreamKind): OwnStops {
    return Object.fromEntries(this.#stops.get(kind) ?? []);
  }
}
