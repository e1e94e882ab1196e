/**
 * One shared stream: a device on one side, a connection to the daemon on the other. Owns the source
 * and when it is opened, closed and opened again; the connection's own life is the publisher's.
 *
 *   OPENING ──first frame──> LIVE ──fault──> STALLED ──backoff──> OPENING
 *      └── fault ──> STALLED      └──off, held, unwanted, no daemon──> RESTING ──none of these──> OPENING
 *                                     └──sent away──> RESTING, for good
 */
import type { Clock } from '../transport/clock.js';
import type { MeetError } from '../transport/errors.js';
import { asMeetError } from '../transport/errors.js';
import type { PublisherStream } from '../transport/publisher-stream.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { ChangeFilter } from './change-filter.js';
import { DeviceRetry } from './device-retry.js';
import type { Captured, Source, SourceSink } from './source.js';
import { SourceRun } from './source-run.js';

export interface SharedStreamOptions {
  readonly publisher: PublisherStream;
  readonly clock: Clock;
  /** [0, 1), as Math.random. */
  readonly random: () => number;
  /** Opens the device that the user asked for; resolves when its first frame has come. */
  readonly open: (sink: SourceSink, signal: AbortSignal) => Promise<Source>;
  readonly onLive: (kind: StreamKind, source: Source) => void;
  /** The device failed; it is tried again by itself in `retryInMs`. */
  readonly onStalled: (kind: StreamKind, fault: MeetError, retryInMs: number) => void;
}

/**
 * Why a device that works is not open: its user turned it off, the host did, the host sent the stream
 * away, nobody wants it, or there is no daemon.
 */
export type Hindrance = 'off' | 'held' | 'sent-away' | 'unwanted' | 'unreachable';

export interface SharedStreamStats {
  readonly kind: StreamKind;
  readonly live: boolean;
  /** It is due to give frames as soon as somebody wants them: its device works. */
  readonly able: boolean;
  /** Why the device is let go, though it works. */
  readonly hindrances: readonly Hindrance[];
  readonly captured: number;
  /** Pictures that were not sent since they were the same as the one before. */
  readonly unchanged: number;
}

/** The reason that others see. */
const BY_USER = 'turned off by its user';
/** After so long without a daemon the device is let go until there is one again. */
const REST_AFTER_MS = 5000;

export class SharedStream {
  readonly kind: StreamKind;
  readonly #options: SharedStreamOptions;
  readonly #filter = new ChangeFilter();
  readonly #abort = new AbortController();
  #source: Source | undefined;
  /** The latest opening. One at a time: two would hold the same device, and one of them for ever. */
  #opening: Promise<void> = Promise.resolve();
  #isOpening = false;
  /** Settles when every source that was let go is closed: its device may be the next one's. */
  #lettingGo: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #cancelRest: (() => void) | undefined;
  /** Why the device is not to be open; empty: it is to be. */
  readonly #hindrances = new Set<Hindrance>();
  #wasConnected = false;
  /** Why it is stalled. */
  #fault: MeetError | undefined;
  /** Its device could be opened at least once. */
  #works = false;
  readonly #retry: DeviceRetry;
  #captured = 0;
  #unchanged = 0;

  constructor(options: SharedStreamOptions) {
    this.#options = options;
    this.#retry = new DeviceRetry(options.random);
    this.kind = options.publisher.kind;
  }

  get stats(): SharedStreamStats {
    return {
      kind: this.kind,
      live: this.#source !== undefined,
      able: this.#works && this.#fault === undefined,
      hindrances: [...this.#hindrances],
      captured: this.#captured,
      unchanged: this.#unchanged,
    };
  }

  /** Opens the device once. Rejects with why it can't be; call `retry` to keep trying. */
  async start(): Promise<void> {
    await this.#open();
  }

  /** Keeps trying to open a device that could not be opened. */
  retry(fault: MeetError): void {
    this.#stall(fault);
  }

  /** The daemon is there (again): it has no picture of ours yet. */
  connected(): void {
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    this.#filter.forget();
    this.#tellState();
    this.#allow('unreachable');
    this.#wasConnected = true;
  }

  /** The daemon is gone: after a while the device is let go. */
  disconnected(): void {
    this.#cancelRest ??= this.#options.clock.after(REST_AFTER_MS, () => {
      this.#hinder('unreachable');
    });
  }

  /** Its user turns the stream off or on. Idempotent; true when something changed. */
  setOff(off: boolean): boolean {
    if (this.#hindrances.has('off') === off) return false;
    if (off) {
      this.#options.publisher.setState('off', BY_USER);
      this.#hinder('off');
    } else {
      this.#hindrances.delete('off');
      this.#tellState();
      this.#openAgain();
    }
    return true;
  }

  /** The host stops the stream, or lets it go on. */
  setHeld(held: boolean): void {
    if (held) this.#hinder('held');
    else this.#allow('held');
  }

  /** The host has sent the stream away: its device rests from now on. */
  setSentAway(): void {
    this.#hinder('sent-away');
  }

  /** Whether anybody watches or records. */
  setWanted(wanted: boolean): void {
    if (wanted) this.#allow('unwanted');
    else this.#hinder('unwanted');
  }

  /** Closes the device. Idempotent; resolves when it is closed. The publisher is not closed. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#abort.abort();
    this.#cancelRest?.();
    await this.#opening.catch(() => undefined);
    this.#letGo();
    await this.#lettingGo;
  }

  /** What a device that rests can't tell by its frames; a daemon that comes back knows nothing yet. */
  #tellState(): void {
    const { publisher } = this.#options;
    if (this.#hindrances.has('off')) publisher.setState('off', BY_USER);
    else if (this.#fault !== undefined) publisher.setState('stalled', this.#fault.message);
    else if (this.#works) publisher.setState('on');
  }

  #letGo(): void {
    const source = this.#source;
    this.#source = undefined;
    // Whoever watches when it is opened again may not have the picture: the first one goes out whole.
    this.#filter.forget();
    if (source !== undefined)
      this.#lettingGo = Promise.allSettled([this.#lettingGo, source.close()]);
  }

  #open(): Promise<void> {
    this.#isOpening = true;
    this.#opening = this.#openUnlessUnwanted();
    return this.#opening;
  }

  /** Opens until there is a source, or none is wanted any more; the daemon may come and go meanwhile. */
  async #openUnlessUnwanted(): Promise<void> {
    try {
      let isLive = false;
      while (!isLive && !this.#isUnwanted()) {
        await this.#lettingGo;
        isLive = await this.#openOnce();
      }
    } finally {
      this.#isOpening = false;
    }
  }

  #isUnwanted(): boolean {
    return this.#abort.signal.aborted || this.#hindrances.size > 0;
  }

  /** False: by the time it was open nobody wanted it any more. */
  async #openOnce(): Promise<boolean> {
    const run = new SourceRun();
    const source = await this.#options.open(this.#sinkOf(run), this.#abort.signal);
    this.#works = true;
    this.#fault = run.fault;
    this.#options.publisher.setFormat(source.format);
    this.#tellState();
    if (this.#isUnwanted()) await source.close();
    else this.#goLive(run, source);
    return run.source !== undefined;
  }

  #goLive(run: SourceRun, source: Source): void {
    const { clock, onLive } = this.#options;
    run.source = source;
    this.#source = source;
    this.#retry.live(clock.now());
    onLive(this.kind, source);
    for (const captured of run.early.splice(0)) this.#take(captured);
    if (run.fault !== undefined) this.#stall(run.fault);
  }

  #sinkOf(run: SourceRun): SourceSink {
    return {
      onCapture: (captured) => {
        if (run.source === undefined) run.keep(captured);
        // A device that is being closed may still give something; it was let go for a reason.
        else if (run.source === this.#source) this.#take(captured);
      },
      onFault: (fault) => {
        run.fault = fault;
        if (run.source !== undefined && run.source === this.#source) this.#stall(fault);
      },
      ready: () => this.#options.publisher.ready,
    };
  }

  #take({ payload, capturedAtUs, encodedAfterUs }: Captured): void {
    const { publisher, clock } = this.#options;
    this.#captured += 1;
    // Nobody is there yet to lose it; numbered now, it would be a gap before the first frame.
    if (!this.#wasConnected) return;
    const change = this.kind === 'audio' ? 'picture' : this.#filter.judge(payload, clock.now());
    if (change === 'picture') {
      publisher.send({ payload, capturedAtUs, encodedAfterUs });
      return;
    }
    this.#unchanged += 1;
    // What waits is newer than what the daemon has; an unchanged record must not take its place.
    if (change === 'unchanged' && publisher.ready) publisher.send({ capturedAtUs, encodedAfterUs });
  }

  #stall(fault: MeetError): void {
    if (this.#abort.signal.aborted) return;
    const { clock, onStalled } = this.#options;
    this.#letGo();
    this.#fault = fault;
    const delayMs = this.#retry.failed(clock.now());
    this.#tellState();
    onStalled(this.kind, fault, delayMs);
    clock.sleep(delayMs, this.#abort.signal).then(
      () => {
        this.#openAgain();
      },
      () => undefined,
    );
  }

  #hinder(why: Hindrance): void {
    this.#hindrances.add(why);
    this.#letGo();
  }

  #allow(why: Hindrance): void {
    if (this.#hindrances.delete(why)) this.#openAgain();
  }

  #openAgain(): void {
    if (this.#isUnwanted() || this.#isOpening || this.#source !== undefined) return;
    this.#open().catch((thrown: unknown) => {
      this.#stall(asMeetError(thrown));
    });
  }
}
