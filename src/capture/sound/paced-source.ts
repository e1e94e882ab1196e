/**
 * Sound that is made or read by ourselves as a Source, paced by the clock. Owns the running pace and
 * its end; never makes a frame.
 */
import { MeetError, asMeetError } from '../../transport/errors.js';
import type { SoundFormat } from '../../transport/stream-kind.js';
import type { OpenRequest, Source, SourceSink } from '../source.js';
import type { Slot } from './pace.js';
import { paceSlots } from './pace.js';

export interface SoundMaker {
  readonly backend: string;
  readonly device: string;
  readonly format: SoundFormat;
  /**
   * The 20 ms of a slot, a buffer of its own. Slots come in order and may jump. A rejection is the
   * source's fault; aborting the signal must end a pending call.
   */
  frame(index: number, signal: AbortSignal): Promise<Buffer> | Buffer;
  /** Called once, when no call of `frame` is pending. */
  close(): Promise<void>;
}

export class PacedSource implements Source {
  readonly kind = 'audio';
  readonly backend: string;
  readonly device: string;
  readonly format: SoundFormat;
  readonly #maker: SoundMaker;
  readonly #sink: SourceSink;
  readonly #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(maker: SoundMaker, sink: SourceSink) {
    this.backend = maker.backend;
    this.device = maker.device;
    this.format = maker.format;
    this.#maker = maker;
    this.#sink = sink;
  }

  /**
   * Resolves with the first frame. Rejects with the fault of the first frame or MEET_CLOSED when the
   * request's signal aborts before it; the maker is closed then.
   */
  static async open(request: OpenRequest, maker: SoundMaker): Promise<PacedSource> {
    const source = new PacedSource(maker, request.sink);
    const onAbort = (): void => {
      source.#ending.abort();
    };
    request.signal.addEventListener('abort', onAbort, { once: true });
    if (request.signal.aborted) onAbort();
    try {
      await source.#start(request);
      return source;
    } catch (thrown) {
      await source.close();
      throw thrown;
    } finally {
      request.signal.removeEventListener('abort', onAbort);
    }
  }

  /** Idempotent; resolves when the pace and the maker have ended. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #start({ context }: OpenRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      let opened = false;
      const give = async (slot: Slot): Promise<void> => {
        if (!(await this.#give(slot))) return;
        opened = true;
        resolve();
      };
      const fail = (thrown: unknown): void => {
        if (this.#ending.signal.aborted) return;
        const fault = asMeetError(thrown, 'MEET_FILE_SOURCE');
        if (opened) this.#sink.onFault(fault);
        else reject(fault);
      };
      this.#running = paceSlots(context.clock, this.#ending.signal, give)
        .catch(fail)
        .then(() => {
          if (!opened) reject(closedWhileOpening(this.device));
        });
    });
  }

  /** False when it was closed meanwhile. */
  async #give(slot: Slot): Promise<boolean> {
    const payload = await this.#maker.frame(slot.index, this.#ending.signal);
    if (this.#ending.signal.aborted) return false;
    this.#sink.onCapture({ payload, capturedAtUs: slot.dueAtUs, encodedAfterUs: 0 });
    return true;
  }

  async #close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    await this.#maker.close();
  }
}

function closedWhileOpening(device: string): MeetError {
  return new MeetError('MEET_CLOSED', `the sound source "${device}" was closed while it opened`);
}
