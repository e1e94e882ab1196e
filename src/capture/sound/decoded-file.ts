/**
 * Any sound file through ffmpeg, looped: 48000 Hz, two channels. Owns the ffmpeg process; what it
 * decoded and nobody asked for yet waits in its pipe, which holds it back.
 */
import { MeetError } from '../../transport/errors.js';
import type { ChildProgram } from '../child-program.js';
import { startProgram } from '../child-program.js';
import { missingProgram } from '../missing-program.js';
import type { CaptureContext } from '../source.js';
import { soundEnvironment } from './sound-environment.js';
import { deviceFormat, frameBytes } from './sound-format.js';

/** What a file decodes to; a file with one channel gives it twice. */
export const DECODED_FORMAT = deviceFormat(2);

/** ffmpeg opens and decodes within this, or the file has nothing for us (an endless empty loop). */
const SILENT_MS = 3000;

export class DecodedFile {
  readonly #program: ChildProgram;
  readonly #path: string;
  readonly #context: CaptureContext;

  private constructor(program: ChildProgram, path: string, context: CaptureContext) {
    this.#program = program;
    this.#path = path;
    this.#context = context;
  }

  /** `path` is absolute. Rejects with MEET_PROGRAM_MISSING. */
  static async open(context: CaptureContext, path: string): Promise<DecodedFile> {
    const program = context.findProgram('ffmpeg');
    if (program === undefined) throw missingProgram('ffmpeg', context.platform);
    const args = [
      ...['-nostdin', '-hide_banner', '-loglevel', 'error'],
      // A playlist in the file must not make it reach for the network.
      ...['-protocol_whitelist', 'file', '-stream_loop', '-1', '-i', `file:${path}`],
      ...['-map', '0:a:0', '-vn', '-ac', String(DECODED_FORMAT.channels)],
      ...['-ar', String(DECODED_FORMAT.sampleRateHz), '-f', 's16le', 'pipe:1'],
    ];
    const env = soundEnvironment(context.env, context.platform);
    return new DecodedFile(await startProgram({ program, args, env }), path, context);
  }

  /** The next 20 ms. Rejects with MEET_FILE_SOURCE; aborting the signal ends it. */
  async frame(signal: AbortSignal): Promise<Buffer> {
    const { stdout } = this.#program;
    const length = frameBytes(DECODED_FORMAT);
    const frame = Buffer.allocUnsafeSlow(length);
    for (let filled = 0; filled < length;) {
      const available = Math.min(stdout.readableLength, length - filled);
      const piece: unknown = available === 0 ? null : stdout.read(available);
      if (Buffer.isBuffer(piece)) filled += piece.copy(frame, filled);
      else if (!(await this.#readable(signal))) throw await this.#fault();
    }
    return frame;
  }

  close(): Promise<void> {
    return this.#program.close();
  }

  /** Waits for bytes; false when there will be none. */
  #readable(signal: AbortSignal): Promise<boolean> {
    const { stdout } = this.#program;
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        for (const event of ENDINGS) stdout.off(event, done);
        signal.removeEventListener('abort', done);
        resolve(stdout.readableLength > 0 && !signal.aborted);
      };
      const cancel = this.#context.clock.after(SILENT_MS, done);
      for (const event of ENDINGS) stdout.once(event, done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted || stdout.readableEnded || stdout.destroyed) done();
      else stdout.read(0);
    });
  }

  async #fault(): Promise<MeetError> {
    await this.#program.close();
    const words = this.#program.stderrTail().replaceAll(/\s*\n\s*/g, ' / ');
    return new MeetError(
      'MEET_FILE_SOURCE',
      `ffmpeg gives no sound from "${this.#path}": ${words === '' ? 'it ended, or nothing came within 3 s' : words}; is there sound in it? See: ffprobe "${this.#path}"`,
    );
  }
}

const ENDINGS = ['readable', 'end', 'close', 'error'] as const;
