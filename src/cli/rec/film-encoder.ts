/**
 * ffmpeg as the encoder of a film: pictures and sound in by one pipe, chapters by another, an .mp4 out. Owns its
 * arguments, its pipes and its end; makes no picture.
 */
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { ChildProgram } from '../../capture/child-program.js';
import { adoptProgram } from '../../capture/child-program.js';
import { ffmpegWords } from '../../capture/ffmpeg-words.js';
import { rawFilmBlock, rawFilmHead } from '../../daemon/recording/export/raw-film.js';
import { MeetError } from '../../transport/errors.js';

export interface EncoderWish {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly hasSound: boolean;
  /** ffmetadata: title and chapters. */
  readonly metadata: string;
  /** An empty file, which is written over. */
  readonly path: string;
  readonly signal?: AbortSignal;
}

const METADATA_FD = 3;
/** The C library's words for ENOSPC and EDQUOT; nothing else tells why ffmpeg could not write. */
const NO_ROOM = /No space left on device|Disk quota exceeded/;

export class FilmEncoder {
  readonly #program: ChildProgram;
  readonly #film: Writable;

  private constructor(program: ChildProgram, film: Writable) {
    this.#program = program;
    this.#film = film;
  }

  /** Rejects with MEET_PROGRAM_MISSING. */
  static async start(wish: EncoderWish): Promise<FilmEncoder> {
    const child = spawn('ffmpeg', encoderArgs(wish), {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      shell: false,
      windowsHide: true,
    });
    const program = await adoptProgram('ffmpeg', child, wish.signal);
    const film = pipeOf(child.stdio[0]);
    program.stdout.resume();
    pipeOf(child.stdio[METADATA_FD]).end(wish.metadata);
    const encoder = new FilmEncoder(program, film);
    await encoder.#write([rawFilmHead(wish.width, wish.height, wish.hasSound)]);
    return encoder;
  }

  /** Resolves when ffmpeg has taken the picture: the buffer may be drawn into again. */
  async picture(pixels: Buffer, atMs: number): Promise<void> {
    await this.#write([rawFilmBlock('picture', atMs, pixels.length), pixels]);
  }

  async sound(pcm: Buffer, atMs: number): Promise<void> {
    await this.#write([rawFilmBlock('sound', atMs, pcm.length), pcm]);
  }

  /** Resolves when the film is whole. Rejects with MEET_EXPORT_FAILED and ffmpeg's words. */
  async finish(): Promise<void> {
    this.#film.end();
    const { code } = await this.#program.ended;
    if (code !== 0 || NO_ROOM.test(this.#program.stderrTail())) throw await this.#fault(undefined);
  }

  /** Ends it, whatever it does. Idempotent. */
  async close(): Promise<void> {
    this.#film.destroy();
    await this.#program.close();
  }

  async #write(buffers: readonly Buffer[]): Promise<void> {
    try {
      for (const buffer of buffers) {
        await new Promise<void>((resolve, reject) => {
          this.#film.write(buffer, (error) => {
            if (error) reject(error);
            else resolve();
          });
        });
      }
    } catch (thrown) {
      throw await this.#fault(thrown);
    }
  }

  async #fault(cause: unknown): Promise<MeetError> {
    const { signal } = await this.#program.ended;
    const words = ffmpegWords(this.#program.stderrTail());
    if (NO_ROOM.test(words)) {
      const full = 'the disk is full; free some room, or write elsewhere';
      return new MeetError('MEET_DISK_FULL', `ffmpeg could not write the film: ${full}`, { cause });
    }
    const killed = `it was ended by ${String(signal)}, as a system does that is short of memory; a smaller --size needs less`;
    const silent = signal === null ? 'it ended without a word' : killed;
    return new MeetError(
      'MEET_EXPORT_FAILED',
      `ffmpeg could not make the film: ${words === '' ? silent : words}`,
      { cause },
    );
  }
}

function encoderArgs({ fps, hasSound, path }: EncoderWish): string[] {
  return [
    // Without -xerror it ends with 0 when the end of the film could not be written.
    ...['-hide_banner', '-loglevel', 'error', '-xerror', '-y'],
    ...['-f', 'matroska', '-i', 'pipe:0', '-f', 'ffmetadata', '-i', `pipe:${METADATA_FD}`],
    ...['-map', '0:v', ...(hasSound ? ['-map', '0:a'] : [])],
    ...['-map_metadata', '1', '-map_chapters', '1'],
    // Pictures come when they change; here each stands until the next.
    ...['-r', String(fps), '-vsync', 'cfr'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '21', '-pix_fmt', 'yuv420p'],
    ...(hasSound ? ['-c:a', 'aac', '-b:a', '128k'] : []),
    ...['-movflags', '+faststart', '-f', 'mp4', `file:${path}`],
  ];
}

function pipeOf(stream: unknown): Writable {
  if (typeof stream === 'object' && stream !== null && 'write' in stream) {
    const pipe = stream as Writable;
    // A broken pipe is told by the program's end, with its own words.
    pipe.on('error', () => undefined);
    return pipe;
  }
  throw new MeetError('MEET_INTERNAL', 'ffmpeg was started without pipes');
}
