/**
 * Sound to whatever plays here: the first output program that works, started again when it ends, and
 * the null output meanwhile. Owns that program, which is tried when, and the words about it.
 *
 *   null ──(a program plays)──> program ──(it ends, hangs)──> null ──(after 0.5 to 4 s)──> …
 */
import type { Clock } from '../transport/clock.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import { NullOutput } from './null-output.js';
import type { OutputBackend } from './output-backends.js';
import { OUTPUT_BACKENDS, checkDevice } from './output-backends.js';
import type { Output, OutputName, Pull } from './output.js';
import { PlayingProgram } from './playing-program.js';
import type { Environment } from './sound-server.js';

/** Waiting before a program is started again: doubles with each failure. */
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 4000;
/** Where nothing has ever played, looking for it so often would only cost. */
const IDLE_RETRY_MS = 30_000;

export interface OpenOutputOptions {
  readonly clock: Clock;
  readonly pull: Pull;
  /** `auto`, the default: the first of pacat, pw-cat, aplay and speaker that works; else null. */
  readonly choice?: OutputName | 'auto';
  /** The default device of the output when left out. */
  readonly device?: string;
  /** The user's environment, with PATH. */
  readonly env: Environment;
  readonly platform?: NodeJS.Platform;
  /** One line for people, when what plays changes. */
  readonly onNotice: (words: string) => void;
  /** The programs in their order; ours by default. */
  readonly backends?: readonly OutputBackend[];
}

/**
 * Returns at once: sound goes to the null output until a program plays. Throws MEET_DEVICE_NAME when
 * no chosen output may be given such a device name.
 */
export function openOutput(options: OpenOutputOptions): Output {
  return new SteadyOutput(options);
}

class SteadyOutput implements Output {
  readonly #options: OpenOutputOptions;
  readonly #backends: readonly OutputBackend[];
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  #null: NullOutput | undefined;
  #playing: PlayingProgram | undefined;
  #noticed = '';

  constructor(options: OpenOutputOptions) {
    this.#options = options;
    this.#backends = chosen(options);
    this.#null = new NullOutput(options);
    this.#running = this.#run();
  }

  get name(): OutputName {
    return this.#playing?.name ?? 'null';
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    let hasPlayed = false;
    while (!this.#ending.signal.aborted && this.#backends.length > 0) {
      const played = await this.#playFirst();
      hasPlayed ||= played;
      retryMs = played ? FIRST_RETRY_MS : retryMs * 2;
      await this.#wait(Math.min(retryMs, hasPlayed ? LAST_RETRY_MS : IDLE_RETRY_MS));
    }
    if (this.#backends.length > 0) await this.#null?.close();
    else await this.#untilEnd();
  }

  /** With nothing to try: the null output alone, until the end. */
  async #untilEnd(): Promise<void> {
    this.#notice('sound is not played here: the output is "null"');
    const { signal } = this.#ending;
    if (!signal.aborted) {
      await new Promise<void>((resolve) => {
        signal.addEventListener(
          'abort',
          () => {
            resolve();
          },
          { once: true },
        );
      });
    }
    await this.#null?.close();
  }

  /** Plays by the first program that works until it ends; false when none did. */
  async #playFirst(): Promise<boolean> {
    const faults: string[] = [];
    for (const backend of this.#backends) {
      if (this.#ending.signal.aborted) return false;
      try {
        await this.#play(backend);
        return true;
      } catch (thrown) {
        faults.push(`${backend.name}: ${asMeetError(thrown).message}`);
      }
    }
    if (!this.#ending.signal.aborted) {
      this.#notice(`sound is not played here, no output works (${faults.join('; ')})`);
    }
    return false;
  }

  /** Rejects when the program never played; resolves when it has ended. */
  async #play(backend: OutputBackend): Promise<void> {
    const { clock, pull, device, env, platform = process.platform } = this.#options;
    const { signal } = this.#ending;
    const playing = await PlayingProgram.open({ backend, device, env, platform, clock, signal });
    this.#playing = playing;
    await this.#null?.close();
    this.#null = undefined;
    this.#notice(`sound is played by ${backend.name}`);
    const ended = await playing.play(pull);
    this.#playing = undefined;
    this.#null = new NullOutput({ clock, pull });
    if (!signal.aborted) this.#notice(`sound stopped: ${ended}; it is started again`);
  }

  async #wait(ms: number): Promise<void> {
    try {
      await this.#options.clock.sleep(ms, this.#ending.signal);
    } catch {
      // Aborted: the loop sees it.
    }
  }

  #notice(words: string): void {
    if (words === this.#noticed) return;
    this.#noticed = words;
    this.#options.onNotice(words);
  }
}

/** The backends that are to be tried; none for `null`. */
function chosen(options: OpenOutputOptions): readonly OutputBackend[] {
  const { choice = 'auto', device, backends = OUTPUT_BACKENDS } = options;
  const platform = options.platform ?? process.platform;
  if (choice !== 'auto') {
    const only = backends.filter(({ name }) => name === choice);
    for (const backend of only) checkDevice(backend, device);
    return only;
  }
  const here = platform === 'linux' ? backends : backends.filter(({ name }) => name === 'speaker');
  const fitting = here.filter(
    ({ deviceNames }) => device === undefined || deviceNames.test(device),
  );
  if (fitting.length > 0) return fitting;
  throw new MeetError(
    'MEET_DEVICE_NAME',
    `the sound output ${JSON.stringify(device?.slice(0, 80))} is no name of a sound device; see pactl list short sinks, aplay -l`,
  );
}
