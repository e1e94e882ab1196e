/**
 * A recording program as a Source: waits for its first sound, gives frames of 20 ms, and turns its
 * end or its silence into a fault. Owns the program from start to end; never starts it again.
 *
 *   opening ──first frame──> running ──close()──> closed
 *      │                        │
 *      └ ended, 3 s silent,     └ ended, 3 s silent ──> faulted (onFault, once)
 *        aborted ──> rejected
 */
import type { Clock } from '../../transport/clock.js';
import { MeetError } from '../../transport/errors.js';
import type { SoundFormat } from '../../transport/stream-kind.js';
import type { ChildProgram, ProgramEnd } from '../child-program.js';
import type { OpenRequest, Source, SourceSink } from '../source.js';
import { SoundChunker } from './sound-chunker.js';
import type { Environment } from './sound-environment.js';
import { openingFault, runningFault, silentFault } from './sound-fault.js';

/** An open device gives sound each 20 ms; a null sink's monitor may take 2 s for its first. */
const SILENT_MS = 3000;
const WATCH_MS = 200;

export interface SoundPlan {
  /** The backend's name. */
  readonly backend: string;
  /** The program's name, for words. */
  readonly program: string;
  readonly device: string;
  readonly format: SoundFormat;
  /** The environment that `start` gives the program. */
  readonly env: Environment;
  start(): Promise<ChildProgram>;
  /** What of standard error is worth repeating in a fault; all of it when left out. */
  readonly lastWords?: (stderr: string) => string;
  /** Asked often while it runs: a fault that standard error tells although the program goes on. */
  readonly faultIn?: (stderr: string) => MeetError | undefined;
}

/**
 * Starts the plan's program and resolves with its first frame. Rejects with the fault that its last
 * words tell (sound-fault.ts), MEET_DEVICE_SILENT after 3 s, or MEET_CLOSED when the signal aborts.
 */
export async function openSoundProgram(request: OpenRequest, plan: SoundPlan): Promise<Source> {
  if (request.signal.aborted) throw aborted(plan);
  const program = await plan.start();
  const source = new SoundProgram(plan, program, request.sink, request.context.clock);
  const { signal } = request;
  const onAbort = (): void => {
    source.stop(aborted(plan));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await source.opened;
    return source;
  } catch (thrown) {
    await source.close();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

class SoundProgram implements Source {
  readonly kind = 'audio';
  readonly backend: string;
  readonly device: string;
  readonly format: SoundFormat;
  /** Resolves with the first frame, rejects when there will be none. */
  readonly opened: Promise<void>;
  readonly #plan: SoundPlan;
  readonly #program: ChildProgram;
  readonly #sink: SourceSink;
  readonly #clock: Clock;
  readonly #stopWatching: () => void;
  #state: 'opening' | 'running' | 'over' = 'opening';
  #lastSoundMs: number;
  #resolveOpened: () => void = nothing;
  #rejectOpened: (fault: MeetError) => void = nothing;

  constructor(plan: SoundPlan, program: ChildProgram, sink: SourceSink, clock: Clock) {
    this.backend = plan.backend;
    this.device = plan.device;
    this.format = plan.format;
    this.#plan = plan;
    this.#program = program;
    this.#sink = sink;
    this.#clock = clock;
    this.opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve;
      this.#rejectOpened = reject;
    });
    this.#lastSoundMs = clock.now();
    this.#stopWatching = clock.every(WATCH_MS, () => {
      this.#watch();
    });
    this.#read();
    void program.ended.then((end) => {
      this.stop(this.#faultOf(end));
    });
  }

  /** Ends by a fault: rejects `opened`, or tells the sink when it was running. */
  stop(fault: MeetError): void {
    const before = this.#state;
    if (before === 'over') return;
    this.#state = 'over';
    this.#stopWatching();
    // What the program is still busy with is waited for by close().
    void this.#program.close();
    if (before === 'opening') this.#rejectOpened(fault);
    else this.#sink.onFault(fault);
  }

  async close(): Promise<void> {
    this.#state = 'over';
    this.#stopWatching();
    await this.#program.close();
  }

  #read(): void {
    const chunker = new SoundChunker(this.format, this.#clock, (captured) => {
      if (this.#state === 'over') return;
      this.#state = 'running';
      this.#sink.onCapture(captured);
      this.#resolveOpened();
    });
    this.#program.stdout.on('data', (chunk: Buffer) => {
      this.#lastSoundMs = this.#clock.now();
      chunker.push(chunk);
    });
    // A stream that the library paused stays paused when a reader is added.
    this.#program.stdout.resume();
  }

  #watch(): void {
    const told = this.#plan.faultIn?.(this.#program.stderrTail());
    if (told !== undefined) this.stop(told);
    else if (this.#clock.now() - this.#lastSoundMs >= SILENT_MS) {
      this.stop(silentFault(this.#plan.program, this.device, SILENT_MS));
    }
  }

  #faultOf(end: ProgramEnd): MeetError {
    const { program, device, env, lastWords } = this.#plan;
    const stderr = this.#program.stderrTail();
    const words = lastWords === undefined ? stderr : lastWords(stderr);
    const ended = { program, device, env, end, words };
    return this.#state === 'opening' ? openingFault(ended) : runningFault(ended);
  }
}

function nothing(): void {
  return;
}

function aborted(plan: SoundPlan): MeetError {
  return new MeetError(
    'MEET_CLOSED',
    `the microphone "${plan.device}" was closed while ${plan.program} opened it`,
  );
}
