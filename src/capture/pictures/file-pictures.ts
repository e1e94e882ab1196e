/**
 * The `file:PATH` source of screen and camera: a picture that stands still, or a clip in a loop at its
 * own speed. Owns telling the two apart and what is allowed to be opened; decodes nothing itself.
 */
import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MeetError } from '../../transport/errors.js';
import type { PictureKind } from '../../transport/stream-kind.js';
import { FILE_BACKEND, FILE_PREFIX } from '../backend-choice.js';
import { installCommand } from '../missing-program.js';
import { quotedName } from '../quoted-name.js';
import type { Backend, OpenRequest, PictureWish, Source } from '../source.js';
import { notPictures } from './device-faults.js';
import { QUIET_ARGS, encodeArgs } from './ffmpeg-args.js';
import { openFfmpegPictures } from './ffmpeg-pictures.js';
import type { EncoderLoader } from './choose-encoder.js';
import type { EncodedPicture } from './jpeg-encoder.js';
import { jpegEncoder } from './choose-encoder.js';
import { openOnDemand } from './on-demand-pictures.js';

/** A picture file that is read whole; the pixels are bounded by the encoder. */
const PICTURE_MOST_BYTES = 256 * 1024 * 1024;
const MAGIC_BYTES = 12;

/** The backend of files; `open` wants the whole source, `file:PATH`, as the device. */
export function filePictures(kind: PictureKind, loadEncoder: EncoderLoader = jpegEncoder): Backend {
  return {
    name: FILE_BACKEND,
    kind,
    unavailable: () => Promise.resolve(undefined),
    devices: () => Promise.resolve([]),
    open: async (request) => {
      if (request.wish.kind !== kind) throw notPictures(FILE_BACKEND, request.wish.kind);
      const device = request.device ?? '';
      if (!device.startsWith(FILE_PREFIX) || device === FILE_PREFIX) throw noPath(device);
      const path = resolve(device.slice(FILE_PREFIX.length));
      return (await isStillPicture(path))
        ? await openStill(request, request.wish, path, loadEncoder)
        : await openClip(request, request.wish, path);
    },
  };
}

async function openStill(
  request: OpenRequest,
  wish: PictureWish,
  path: string,
  loadEncoder: EncoderLoader,
): Promise<Source> {
  const picture = await encodeStill(path, wish, await loadEncoder());
  const { clock } = request.context;
  return await openOnDemand({
    request,
    wish,
    backend: FILE_BACKEND,
    device: request.device ?? FILE_PREFIX,
    take: () => Promise.resolve({ ...picture, takenAtUs: clock.wallUs() }),
    release: () => Promise.resolve(),
  });
}

async function encodeStill(
  path: string,
  wish: PictureWish,
  encoder: Awaited<ReturnType<EncoderLoader>>,
): Promise<EncodedPicture> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    if (size > PICTURE_MOST_BYTES) {
      throw new Error(`it is ${size} bytes, limit is ${PICTURE_MOST_BYTES}`);
    }
    return await encoder.encodeFile(await file.readFile(), wish);
  } catch (thrown) {
    throw undecodable(path, thrown instanceof Error ? thrown.message : String(thrown), thrown);
  }
}

async function openClip(request: OpenRequest, wish: PictureWish, path: string): Promise<Source> {
  const { context } = request;
  if (context.findProgram('ffmpeg') === undefined) {
    throw new MeetError(
      'MEET_FILE_SOURCE',
      `${quotedName(path)} is a clip, and ffmpeg, which decodes it, was not found; install it: ${installCommand('ffmpeg', context.platform)}`,
    );
  }
  // Only files: a playlist could name other machines. The prefix keeps a path from being an URL.
  const input = ['-protocol_whitelist', 'file', '-stream_loop', '-1', '-re', '-i', `file:${path}`];
  return await openFfmpegPictures({
    request,
    wish,
    backend: FILE_BACKEND,
    device: request.device ?? FILE_PREFIX,
    args: [...QUIET_ARGS, ...input, ...encodeArgs(wish, [rateFilter(wish.fps)])],
    fault: (words) => undecodable(path, words),
  });
}

/** Fewer pictures than the clip has, never more. */
function rateFilter(fps: number): string {
  return `fps=fps='min(${fps},source_fps)'`;
}

/** By its first bytes. Motion JPEG begins like a JPEG; its name tells it apart. */
async function isStillPicture(path: string): Promise<boolean> {
  const start = await firstBytes(path, MAGIC_BYTES);
  if (start.subarray(0, 3).toString('hex') === 'ffd8ff') return !/\.(mjpe?g|mjpg)$/i.test(path);
  if (start.subarray(0, 8).toString('hex') === '89504e470d0a1a0a') return true;
  return start.toString('latin1', 0, 4) === 'RIFF' && start.toString('latin1', 8, 12) === 'WEBP';
}

async function firstBytes(path: string, count: number): Promise<Buffer> {
  try {
    const found = await stat(path);
    // Before it is opened: opening a named pipe would wait for a writer.
    if (!found.isFile()) throw new Error(found.isDirectory() ? 'it is a folder' : 'it is no file');
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message : String(thrown);
    throw new MeetError(
      'MEET_FILE_SOURCE',
      `${quotedName(path)} can't be read: ${words}; expected file: and the path of a picture or a clip`,
      { cause: thrown },
    );
  }
}

function undecodable(path: string, words: string, cause?: unknown): MeetError {
  return new MeetError(
    'MEET_FILE_SOURCE',
    `${quotedName(path)} can't be decoded: ${words}; expected a JPEG, PNG or WebP picture, or a clip that ffmpeg plays`,
    { cause },
  );
}

function noPath(device: string): MeetError {
  return new MeetError(
    'MEET_FILE_SOURCE',
    `${quotedName(device)} names no file, expected file:PATH, such as file:clip.mp4`,
  );
}
