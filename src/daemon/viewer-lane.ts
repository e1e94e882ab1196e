/**
 * One stream on its way to one viewer. Owns its outbox, and how many of its frames may be under way;
 * writes through the function that it is given.
 */
import type { Frame } from '../transport/frame.js';
import { Outbox, windowFor } from '../transport/outbox.js';
import { TakenRate } from '../transport/taken-rate.js';
import type { Stream } from './participant.js';

export interface ViewerLaneOptions {
  readonly stream: Stream;
  /** Whether the viewer acknowledges. */
  readonly acks: boolean;
  /** Sound that may wait, in ms. */
  readonly soundMs: number;
  readonly nowMs: number;
  readonly write: (frame: Frame) => boolean;
  /** Whether the socket takes anything now. */
  readonly socketOpen: () => boolean;
}

/** 20 ms chunks; so many may be under way beyond a round trip. */
const SOUND_WINDOW_CHUNKS = 10;
const SOUND_CHUNKS_PER_SECOND = 50;
/** Pictures a second where a stream has not told its format. */
const PICTURES_PER_SECOND = 30;

export class ViewerLane {
  readonly stream: Stream;
  readonly outbox: Outbox<Frame>;
  readonly #acks: boolean;
  readonly #rate: TakenRate;

  constructor({ stream, acks, soundMs, nowMs, write, socketOpen }: ViewerLaneOptions) {
    this.stream = stream;
    this.#acks = acks;
    this.#rate = new TakenRate(nowMs);
    this.outbox = new Outbox<Frame>({
      capacity: stream.kind === 'audio' ? soundMs / 20 : 1,
      windowFrames: this.#window(0),
      write,
      socketOpen,
      onDropped: (frame) => frame.lease?.release(),
    });
  }

  /** The viewer takes less than comes. */
  get isExceeded(): boolean {
    return this.#rate.isExceeded;
  }

  /** The frame is held until it is dropped or written. */
  offer(frame: Frame): void {
    frame.lease?.hold();
    this.outbox.offer(frame);
  }

  setRoundTrip(roundTripMs: number): void {
    this.outbox.setWindow(this.#window(roundTripMs));
  }

  tick(nowMs: number, roundTripMs: number): void {
    if (this.#rate.sample(nowMs, this.outbox.flow)) this.setRoundTrip(roundTripMs);
  }

  /** Writing was held on purpose until now. */
  heldUntil(nowMs: number): void {
    this.#rate.beginAgain(nowMs, this.outbox.flow);
  }

  #window(roundTripMs: number): number {
    if (!this.#acks) return Infinity;
    const { kind, format } = this.stream;
    const takenPerSecond = this.#rate.framesPerSecond;
    if (kind === 'audio') {
      const perSecond = Math.min(SOUND_CHUNKS_PER_SECOND, takenPerSecond);
      return SOUND_WINDOW_CHUNKS + windowFor(perSecond, roundTripMs);
    }
    const fps = format?.codec === 'jpeg' ? format.fps : PICTURES_PER_SECOND;
    return windowFor(Math.min(fps, takenPerSecond), roundTripMs);
  }
}
