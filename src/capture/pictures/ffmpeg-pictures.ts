/**
 * An ffmpeg that keeps running and gives JPEGs. Owns the child program, its output, the first picture
 * and the watch over silence; knows no device: arguments and words for a fault are passed in.
 */
import type { Clock } from '../../transport/clock.js';
import type { MeetError } from '../../transport/errors.js';
import { asMeetError } from '../../transport/errors.js';
import type { PictureSize } from '../../transport/jpeg-header.js';
import { readJpegSize } from '../../transport/jpeg-header.js';
import type { ChildProgram } from '../child-program.js';
import { startProgram } from '../child-program.js';
import { ffmpegWords } from '../ffmpeg-words.js';
import { missingProgram } from '../missing-program.js';
import type { OpenRequest, PictureWish, Source, SourceSink } from '../source.js';
import { SILENT_MS, closedWhileOpening, silentDevice } from './device-faults.js';
import { FrameRateLimit } from './frame-rate-limit.js';
import { MpjpegParser } from './mpjpeg-parser.js';

export interface FfmpegCapture {
  readonly request: OpenRequest;
  readonly wish: PictureWish;
  /** As `Source.backend` and `Source.device`. */
  readonly backend: string;
  readonly device: string;
  /** All of ffmpeg's arguments; it writes mpjpeg to its standard output. */
  readonly args: readonly string[];
  /** The device may give more pictures than were wished: drop what is too much. */
  readonly limitRate?: boolean;
  /**
   * Watches the device for what ffmpeg does not notice, from its start on: `onChange` ends the source,
   * or the opening, with that fault. It is not called at once. Returns what ends the watch.
   */
  readonly watch?: (onChange: (fault: MeetError) => void) => () => void;
  /** What it means that ffmpeg ended, by its last words; `opened` once a picture has come. */
  fault(words: string, opened: boolean): MeetError;
}

/**
 * Starts ffmpeg and resolves when its first picture has come, which the sink was given by then.
 * `capturedAtUs` is when the first byte of a picture's JPEG reached this process: ffmpeg's own
 * grabbing, scaling and encoding (5 to 15 ms for 1920x1080) lie before it and can't be known here.
 * `encodedAfterUs` is from there to its last byte.
 * Rejects with MEET_PROGRAM_MISSING, MEET_DEVICE_SILENT, MEET_CLOSED or what `fault` makes of it.
 */
export async function openFfmpegPictures(capture: FfmpegCapture): Promise<Source> {
  const { context, signal, sink } = capture.request;
  const ffmpeg = context.findProgram('ffmpeg');
  if (ffmpeg === undefined) throw missingProgram('ffmpeg', context.platform);
  if (isAborted(signal)) throw closedWhileOpening(capture.device);
  const program = await startProgram({ program: ffmpeg, args: capture.args, env: context.env });
  const pictures = new FfmpegPictures(capture, program, context.clock, sink);
  const onAbort = (): void => {
    pictures.fail(closedWhileOpening(capture.device));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (isAborted(signal)) onAbort(); // while the program was being started
    const { width, height } = await pictures.first;
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

/** A call, so that the compiler doesn't take the answer of an earlier one. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

class FfmpegPictures {
  /** The size of the first picture. */
  readonly first: Promise<PictureSize>;
  readonly #capture: FfmpegCapture;
  readonly #program: ChildProgram;
  readonly #clock: Clock;
  readonly #sink: SourceSink;
  readonly #parser: MpjpegParser;
  readonly #rate: FrameRateLimit | undefined;
  readonly #stopTimer: () => void;
  readonly #stopWatch: () => void;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #closeAsked = false;
  #onFirst: (size: PictureSize) => void = ignore;
  #onFailure: (fault: MeetError) => void = ignore;
  #lastAtMs: number;
  #beganAtMs = 0;
  #beganAtUs = 0;

  constructor(capture: FfmpegCapture, program: ChildProgram, clock: Clock, sink: SourceSink) {
    this.#capture = capture;
    this.#program = program;
    this.#clock = clock;
    this.#sink = sink;
    this.first = new Promise((resolve, reject) => {
      this.#onFirst = resolve;
      this.#onFailure = reject;
    });
    this.#rate = capture.limitRate === true ? new FrameRateLimit(capture.wish.fps) : undefined;
    this.#parser = new MpjpegParser({
      onBegin: () => {
        this.#begin();
      },
      onPicture: (jpeg) => {
        this.#take(jpeg);
      },
    });
    this.#lastAtMs = clock.now();
    this.#stopTimer = clock.every(SILENT_MS / 10, () => {
      this.#watchSilence();
    });
    this.#stopWatch =
      capture.watch?.((fault) => {
        this.fail(fault);
      }) ?? ignore;
    program.stdout.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
    void program.ended.then(() => {
      this.#end();
    });
  }

  /** Nothing more comes: told to whoever opens, or to the sink once it is open. */
  fail(fault: MeetError): void {
    const state = this.#state;
    if (state === 'closed') return;
    this.#state = 'closed';
    this.#stopWatching();
    if (state === 'opening') this.#onFailure(fault);
    else void this.#endWith(fault);
  }

  /** Never rejects: a program's `close` does not. */
  async #endWith(fault: MeetError): Promise<void> {
    await this.#program.close();
    if (!this.#closeAsked) this.#sink.onFault(fault);
  }

  async close(): Promise<void> {
    this.#closeAsked = true;
    this.#state = 'closed';
    this.#stopWatching();
    await this.#program.close();
  }

  #read(chunk: Buffer): void {
    if (this.#state === 'closed') return;
    try {
      this.#parser.push(chunk);
    } catch (thrown) {
      this.fail(asMeetError(thrown, 'MEET_DEVICE_LOST'));
    }
  }

  #begin(): void {
    this.#beganAtMs = this.#clock.now();
    this.#beganAtUs = this.#clock.wallUs();
  }

  #take(jpeg: Buffer): void {
    if (this.#state === 'closed') return;
    const nowMs = this.#clock.now();
    this.#lastAtMs = nowMs;
    if (this.#rate?.allows(nowMs) === false) return;
    const size = this.#state === 'opening' ? readJpegSize(jpeg) : undefined;
    if (size !== undefined) this.#state = 'open';
    this.#sink.onCapture({
      payload: jpeg,
      capturedAtUs: this.#beganAtUs,
      encodedAfterUs: Math.round((nowMs - this.#beganAtMs) * 1000),
    });
    if (size !== undefined) this.#onFirst(size);
  }

  #stopWatching(): void {
    this.#stopTimer();
    this.#stopWatch();
  }

  #watchSilence(): void {
    if (this.#clock.now() - this.#lastAtMs < SILENT_MS) return;
    this.fail(silentDevice(this.#capture.device, ffmpegWords(this.#program.stderrTail())));
  }

  #end(): void {
    if (this.#state === 'closed') return;
    const words = ffmpegWords(this.#program.stderrTail());
    const said = words === '' ? 'it said nothing' : words;
    this.fail(this.#capture.fault(said, this.#state === 'open'));
  }
}

function ignore(): void {
  return;
}
