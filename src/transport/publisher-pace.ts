/**
 * How many frames of a publisher may be under way on one connection, from its round trip and what the
 * daemon takes. Owns these estimates for the life of the connection; writes nothing.
 */
import type { FrameParts } from './frame.js';
import { SOUND_CHUNKS_PER_ACK } from './native-channel.js';
import type { Outbox } from './outbox.js';
import { windowFor } from './outbox.js';
import type { RoundTrip } from './round-trip-probe.js';
import { RoundTripProbe } from './round-trip-probe.js';
import type { StreamKind } from './stream-kind.js';
import { TakenRate } from './taken-rate.js';

export interface PublisherPaceOptions {
  readonly kind: StreamKind;
  readonly nowMs: number;
  /** Sends a ping; returns its id. */
  readonly ping: () => number;
  /** Its window is set here. */
  readonly outbox: Outbox<FrameParts>;
  /** Frames that are made in a second. */
  readonly framesPerSecond: () => number;
}

/** Sound that may be under way unacknowledged, beyond a round trip. */
const SOUND_WINDOW_CHUNKS = 10;

export class PublisherPace {
  readonly #options: PublisherPaceOptions;
  readonly #probe: RoundTripProbe;
  readonly #rate: TakenRate;

  constructor(options: PublisherPaceOptions) {
    const { kind, nowMs, ping, outbox } = options;
    this.#options = options;
    // The last few chunks of sound are not acknowledged by themselves.
    const rest = kind === 'audio' ? SOUND_CHUNKS_PER_ACK - 1 : 0;
    this.#probe = new RoundTripProbe({ nowMs, ping, isIdle: () => outbox.underWay <= rest });
    this.#rate = new TakenRate(nowMs);
    this.#setWindow();
  }

  /** Nothing is to be written now. */
  get holds(): boolean {
    return this.#probe.holds;
  }

  acknowledged(nowMs: number): void {
    this.#probe.acknowledged(nowMs);
  }

  answered(roundTrip: RoundTrip, nowMs: number): void {
    const wasHeld = this.#probe.holds;
    if (!this.#probe.answered(roundTrip)) return;
    this.#setWindow();
    if (wasHeld) this.#goOn(nowMs);
  }

  /** Called once a second. */
  tick(nowMs: number): void {
    if (this.#rate.sample(nowMs, this.#options.outbox.flow)) this.#setWindow();
    if (this.#probe.tick(nowMs, this.#rate.isExceeded)) this.#goOn(nowMs);
  }

  #goOn(nowMs: number): void {
    const { outbox } = this.#options;
    this.#rate.beginAgain(nowMs, outbox.flow);
    outbox.drained();
  }

  #setWindow(): void {
    const { kind, outbox, framesPerSecond } = this.#options;
    const base = kind === 'audio' ? SOUND_WINDOW_CHUNKS : 0;
    const perSecond = Math.min(framesPerSecond(), this.#rate.framesPerSecond);
    outbox.setWindow(base + windowFor(perSecond, this.#probe.roundTripMs));
  }
}
