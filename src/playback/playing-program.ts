/**
 * One run of one output program: from its start, through its being ready, to its end. Owns the
 * program and its feed; chooses nothing and starts nothing again.
 */
import type { Clock } from '../transport/clock.js';
import { MeetError } from '../transport/errors.js';
import { DeviceFeed, HUNG_MS } from './device-feed.js';
import type { OutputBackend, Said } from './output-backends.js';
import type { OutputProgram } from './output-program.js';
import { startOutputProgram } from './output-program.js';
import type { OutputName, Pull } from './output.js';
import type { Environment } from './sound-server.js';
import { playingEnvironment } from './sound-server.js';

/** A program that says when it plays must say so within this. */
const READY_MS = 5000;
/** One that says nothing plays when it has run for so long: without a device they end in 100 ms. */
const SILENT_READY_MS = 300;
/** Its last words are shown when it ends. */
const LAST_LINES = 2;

export interface PlayingProgramOptions {
  readonly backend: OutputBackend;
  readonly device: string | undefined;
  /** The user's. */
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  /** Aborting it ends the program. */
  readonly signal: AbortSignal;
}

export class PlayingProgram {
  readonly name: OutputName;
  readonly #options: PlayingProgramOptions;
  #program: OutputProgram | undefined;
  #feed: DeviceFeed | undefined;
  #onReady: () => void = () => undefined;
  readonly #lastLines: string[] = [];

  private constructor(options: PlayingProgramOptions) {
    this.name = options.backend.name;
    this.#options = options;
  }

  /**
   * Resolves when the program plays. Rejects with MEET_PROGRAM_MISSING, with MEET_DEVICE_LOST and its
   * own words when it ended or said nothing, with MEET_CLOSED when the signal was aborted.
   */
  static async open(options: PlayingProgramOptions): Promise<PlayingProgram> {
    const playing = new PlayingProgram(options);
    await playing.#start();
    return playing;
  }

  /** Feeds it until it ends, hangs or the signal is aborted; resolves with why, in words. */
  async play(pull: Pull): Promise<string> {
    const { backend, clock, signal } = this.#options;
    const program = this.#started();
    const feed = new DeviceFeed({
      ...{ clock, pull, silent: backend.silent, deviceMs: backend.deviceMs },
      write: (pcm) => program.write(pcm),
    });
    this.#feed = feed;
    const stopWatching = clock.every(HUNG_MS / 5, () => {
      if (feed.hung) void program.close();
    });
    const onAbort = (): void => void program.close();
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const end = await program.ended;
    signal.removeEventListener('abort', onAbort);
    stopWatching();
    feed.stop();
    return feed.hung ? `${backend.name} took nothing for ${HUNG_MS / 1000} s` : this.#words(end);
  }

  async #start(): Promise<void> {
    const { backend, device, env, platform, signal } = this.#options;
    const ready = new Promise<void>((resolve) => {
      this.#onReady = resolve;
    });
    const program = await startOutputProgram({
      program: backend.program,
      args: backend.args(device),
      env: playingEnvironment(env, platform, backend.pulseLatencyMs),
      onLine: (line) => {
        this.#onLine(line);
      },
      onDrain: () => this.#feed?.drained(),
    });
    this.#program = program;
    if (await this.#isReady(program, ready)) return;
    await program.close();
    if (signal.aborted) {
      throw new MeetError('MEET_CLOSED', `${backend.name} was ended while it started`);
    }
    throw new MeetError('MEET_DEVICE_LOST', this.#words(await program.ended));
  }

  /** Whichever comes first: it says that it plays, its end, the end of patience, the abort. */
  async #isReady(program: OutputProgram, ready: Promise<void>): Promise<boolean> {
    const { backend, clock, signal } = this.#options;
    const waiting = new AbortController();
    const patience = clock
      .sleep(backend.silent ? SILENT_READY_MS : READY_MS, AbortSignal.any([signal, waiting.signal]))
      .then(
        () => backend.silent,
        () => false,
      );
    const answer = await Promise.race([
      ready.then(() => true),
      program.ended.then(() => false),
      patience,
    ]);
    waiting.abort();
    return answer && !signal.aborted;
  }

  #onLine(line: string): void {
    const said: Said | undefined = this.#options.backend.read(line);
    if (said === undefined) {
      this.#lastLines.push(line);
      if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
      return;
    }
    if (said.what === 'ready') this.#onReady();
    else if (said.what === 'taken') this.#feed?.reported(said.takenMs);
    else this.#feed?.ranDry();
  }

  #started(): OutputProgram {
    if (this.#program !== undefined) return this.#program;
    throw new MeetError('MEET_INTERNAL', `${this.name} plays before it was started`);
  }

  #words(end: string): string {
    return [`${this.name} ended with ${end}`, ...this.#lastLines].join(', ');
  }
}
