/**
 * Any sound file through ffmpeg, looped: 48000 Hz, one or two channels as the file has them, more
 * mixed to two. Owns the ffmpeg process; what it decoded and nobody asked for yet waits in its pipe,
 * which holds it back.
 *
 * ffmpeg writes a WAV without an end: its header tells the channels. (Asked for two channels it would
 * make a file of one 3 dB quieter.)
 */
import { MeetError } from '../../transport/errors.js';
import type { SoundFormat } from '../../transport/stream-kind.js';
import type { ChildProgram } from '../child-program.js';
import { startProgram } from '../child-program.js';
import { ffmpegWords } from '../ffmpeg-words.js';
import { missingProgram } from '../missing-program.js';
import type { CaptureContext } from '../source.js';
import { soundEnvironment } from './sound-environment.js';
import { DEVICE_RATE_HZ, deviceFormat, frameBytes } from './sound-format.js';
import type { ReadAt } from './wav-header.js';
import { readWavHeader } from './wav-header.js';

/** ffmpeg writes 44 bytes before the samples, a few more with metadata in it. */
const WAV_HEADER_MOST_BYTES = 4096;

/** ffmpeg opens and decodes within this, or the file has nothing for us (an endless empty loop). */
const SILENT_MS = 3000;

export class DecodedFile {
  readonly #program: ChildProgram;
  readonly #path: string;
  readonly #context: CaptureContext;
  #format: SoundFormat = deviceFormat(1);

  private constructor(program: ChildProgram, path: string, context: CaptureContext) {
    this.#program = program;
    this.#path = path;
    this.#context = context;
  }

  /**
   * `path` is absolute. Resolves when ffmpeg has decoded something. Rejects with MEET_PROGRAM_MISSING,
   * or with MEET_FILE_SOURCE and ffmpeg's words; aborting the signal makes it reject.
   */
  static async open(
    context: CaptureContext,
    path: string,
    signal: AbortSignal,
  ): Promise<DecodedFile> {
    const program = context.findProgram('ffmpeg');
    if (program === undefined) throw missingProgram('ffmpeg', context.platform);
    const args = decodingArgs(path);
    const env = soundEnvironment(context.env, context.platform);
    const decoded = new DecodedFile(await startProgram({ program, args, env }), path, context);
    try {
      await decoded.#readHeader(signal);
      return decoded;
    } catch (thrown) {
      await decoded.close();
      throw thrown;
    }
  }

  get format(): SoundFormat {
    return this.#format;
  }

  /** The next 20 ms. Rejects with MEET_FILE_SOURCE; aborting the signal ends it. */
  frame(signal: AbortSignal): Promise<Buffer> {
    return this.#take(frameBytes(this.#format), signal);
  }

  close(): Promise<void> {
    return this.#program.close();
  }

  async #readHeader(signal: AbortSignal): Promise<void> {
    let head = Buffer.alloc(0);
    // No byte beyond what is asked for is taken, so that the first sample is the next to be read.
    const read: ReadAt = async (position, length) => {
      const end = Math.min(position + length, WAV_HEADER_MOST_BYTES);
      if (end > head.length) {
        head = Buffer.concat([head, await this.#take(end - head.length, signal)]);
      }
      return head.subarray(position, end);
    };
    const samples = await readWavHeader(read, Number.MAX_SAFE_INTEGER);
    if (samples === undefined) throw await this.#fault(signal);
    this.#format = samples.format;
  }

  async #take(length: number, signal: AbortSignal): Promise<Buffer> {
    const { stdout } = this.#program;
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let filled = 0; filled < length;) {
      const available = Math.min(stdout.readableLength, length - filled);
      const piece: unknown = available === 0 ? null : stdout.read(available);
      if (Buffer.isBuffer(piece)) filled += piece.copy(bytes, filled);
      else if (!(await this.#readable(signal))) throw await this.#fault(signal);
    }
    return bytes;
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

  async #fault(signal: AbortSignal): Promise<MeetError> {
    await this.#program.close();
    if (signal.aborted) {
      return new MeetError('MEET_CLOSED', `"${this.#path}" was closed while ffmpeg read it`);
    }
    const words = ffmpegWords(this.#program.stderrTail());
    return new MeetError(
      'MEET_FILE_SOURCE',
      `ffmpeg gives no sound from "${this.#path}": ${words === '' ? 'it ended, or nothing came within 3 s' : words}; is there sound in it? See: ffprobe "${this.#path}"`,
    );
  }
}

function decodingArgs(path: string): readonly string[] {
  return [
    ...['-nostdin', '-hide_banner', '-loglevel', 'error'],
    // A playlist in the file must not make it reach for the network.
    ...['-protocol_whitelist', 'file', '-stream_loop', '-1', '-i', `file:${path}`],
    ...[
      '-map',
      '0:a:0',
      '-map_metadata',
      '-1',
      '-vn',
      '-af',
      'aformat=channel_layouts=mono|stereo',
    ],
    ...['-ar', String(DEVICE_RATE_HZ), '-c:a', 'pcm_s16le', '-bitexact', '-f', 'wav', 'pipe:1'],
  ];
}

const ENDINGS = ['readable', 'end', 'close', 'error'] as const;
