/**
 * A source that takes one picture after the other when it is asked to. Owns the loop, its pace and its
 * end; knows no device: how a picture is taken is passed in.
 *
 *   pacer.turn() ── due, and the sharer is ready ──> take() ──> sink.onCapture()
 */
import { asMeetError } from '../../transport/errors.js';
import type { MeetError } from '../../transport/errors.js';
import type { PictureSize } from '../../transport/jpeg-header.js';
import type { OpenRequest, PictureWish, Source } from '../source.js';
import { SILENT_MS, closedWhileOpening, silentDevice, sizeChanged } from './device-faults.js';
import type { EncodedPicture } from './jpeg-encoder.js';
import { Pacer } from './pacer.js';

export interface TakenPicture extends EncodedPicture {
  /** Microseconds since the Unix epoch. */
  readonly takenAtUs: number;
}

export interface OnDemandCapture {
  readonly request: OpenRequest;
  readonly wish: PictureWish;
  /** As `Source.backend` and `Source.device`. */
  readonly backend: string;
  readonly device: string;
  /** Takes a picture. Rejects with a MeetError; must settle soon once the signal is aborted. */
  take(signal: AbortSignal): Promise<TakenPicture>;
  /** Gives back what the device needs. Called once; never rejects. */
  release(): Promise<void>;
}

/**
 * Takes the first picture, gives it to the sink and resolves; takes the others from then on. Rejects
 * with MEET_DEVICE_SILENT, MEET_CLOSED or what `take` rejects with; then all is released.
 */
export async function openOnDemand(capture: OnDemandCapture): Promise<Source> {
  const pictures = new OnDemandPictures(capture);
  const { signal } = capture.request;
  const onAbort = (): void => {
    pictures.stop(closedWhileOpening(capture.device));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    const { width, height } = await pictures.takeFirst();
    return {
      kind: capture.wish.kind,
      backend: capture.backend,
      device: capture.device,
      format: { codec: 'jpeg', width, height, fps: capture.wish.fps },
      close: () => pictures.close(),
    };
  } catch (thrown) {
    await pictures.close();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

class OnDemandPictures {
  readonly #capture: OnDemandCapture;
  readonly #stopped = new AbortController();
  #size: PictureSize | undefined;
  #running: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(capture: OnDemandCapture) {
    this.#capture = capture;
  }

  stop(reason: MeetError): void {
    this.#stopped.abort(reason);
  }

  async takeFirst(): Promise<PictureSize> {
    const { wish, request } = this.#capture;
    const pacer = new Pacer(request.context.clock, wish.fps, () => request.sink.ready());
    const size = await this.#takeOne();
    this.#running = this.#run(pacer);
    return size;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.stop(closedWhileOpening(this.#capture.device));
    await this.#running;
    await this.#capture.release();
  }

  /** Never rejects: a failure is a fault of the device. */
  async #run(pacer: Pacer): Promise<void> {
    const { signal } = this.#stopped;
    try {
      for (;;) {
        await pacer.turn(signal);
        await this.#takeOne();
      }
    } catch (thrown) {
      if (this.#closing !== undefined) return;
      this.#closing = this.#capture.release();
      await this.#closing;
      this.#capture.request.sink.onFault(asMeetError(thrown, 'MEET_DEVICE_LOST'));
    }
  }

  async #takeOne(): Promise<PictureSize> {
    const { device, request } = this.#capture;
    const { signal } = this.#stopped;
    signal.throwIfAborted();
    const stopWatch = request.context.clock.after(SILENT_MS, () => {
      this.stop(silentDevice(device));
    });
    try {
      const { jpeg, width, height, takenAtUs } = await this.#takeOrStop(signal);
      if (
        this.#size !== undefined &&
        (this.#size.width !== width || this.#size.height !== height)
      ) {
        throw sizeChanged(device, this.#size, { width, height });
      }
      this.#size ??= { width, height };
      const encodedAfterUs = Math.max(0, request.context.clock.wallUs() - takenAtUs);
      request.sink.onCapture({ payload: jpeg, capturedAtUs: takenAtUs, encodedAfterUs });
      return this.#size;
    } finally {
      stopWatch();
    }
  }

  /** Why it was stopped says more than what the device said when it was. */
  async #takeOrStop(signal: AbortSignal): Promise<TakenPicture> {
    try {
      return await this.#capture.take(signal);
    } finally {
      signal.throwIfAborted();
    }
  }
}
