/**
 * The camera through node-webcam: one run of fswebcam, imagesnap or CommandCam for each picture. Owns
 * the strict allow-list of device names, since that library pastes them into a shell's command line.
 */
import { constants } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MeetError } from '../../transport/errors.js';
import { missingProgram } from '../missing-program.js';
import { notPictures } from '../pictures/device-faults.js';
import type { EncoderLoader } from '../pictures/choose-encoder.js';
import { jpegEncoder } from '../pictures/choose-encoder.js';
import type { TakenPicture } from '../pictures/on-demand-pictures.js';
import { openOnDemand } from '../pictures/on-demand-pictures.js';
import type { ShotProgram } from '../pictures/shot-program.js';
import { startShotProgram } from '../pictures/shot-program.js';
import { readJpegSize } from '../../transport/jpeg-header.js';
import { quotedName } from '../quoted-name.js';
import type {
  Backend,
  CaptureContext,
  Device,
  OpenRequest,
  PictureWish,
  Source,
} from '../source.js';
import { cameraFault, chooseVideoNode, listVideoNodes, requireVideoNode } from './video-device.js';

const NAME = 'node-webcam';

/** fswebcam's own source of colour bars; it needs no camera. */
const TEST_BARS = 'TEST:';
/** What may stand in the shell's command line, by platform: nothing there means anything to a shell. */
const LINUX_NAME = /^(?:\/dev\/video\d{1,3}|TEST:|FILE:[A-Za-z0-9_./-]{1,200})$/;
const MAC_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;
const WINDOWS_NAME = /^\d{1,2}$/;
/** The folder of the shots stands in that command line as well. */
const FOLDER_NAME = /^[A-Za-z0-9_./:\\-]+$/;

/** fswebcam's --jpeg goes to 95. */
const BEST_QUALITY = 95;

/**
 * The library can't take a picture from memory (it returns what fswebcam said instead), so each shot
 * is a file, which is removed at once: a shot that fails must not find the one before.
 */
const SCRIPT = `
const { rm } = require('node:fs/promises');
const camera = require(process.argv[1]).create(JSON.parse(process.argv[2]));
const file = process.argv[3];
const shoot = () => new Promise((resolve, reject) => {
  camera.capture(file, (error, picture) => {
    if (!error) resolve(picture);
    else reject(error.path === file ? new Error('the program gave no picture') : error);
  });
});
const take = async () => {
  try { return await shoot(); } finally { await rm(file, { force: true }); }
};
`;

/** The backend; `loadEncoder` is changed by tests only. */
export function webcamCamera(loadEncoder: EncoderLoader = jpegEncoder): Backend {
  return {
    name: NAME,
    kind: 'video',
    unavailable: (context) => Promise.resolve(missingPart(context)),
    devices: listWebcams,
    open: (request) => open(request, loadEncoder),
  };
}

async function listWebcams(context: CaptureContext): Promise<readonly Device[]> {
  if (missingPart(context) !== undefined || context.platform !== 'linux') return [];
  const bars = { name: TEST_BARS, label: "fswebcam's colour bars, no camera" };
  return [...(await listVideoNodes()), bars];
}

async function open(request: OpenRequest, loadEncoder: EncoderLoader): Promise<Source> {
  const { wish, context } = request;
  if (wish.kind !== 'video') throw notPictures(NAME, wish.kind);
  const device = await chooseDevice(context, request.device);
  const missing = missingPart(context);
  if (missing !== undefined) throw missing;
  const { program, close } = await startCamera(context, wish, device);
  return await openOnDemand({
    request,
    wish,
    backend: NAME,
    device: device ?? 'default',
    take: (signal) => takeShot({ program, device, request, wish, loadEncoder }, signal),
    release: close,
  });
}

/** The device's name, safe for a shell; undefined for the default of a Mac or of Windows. */
async function chooseDevice(
  { platform }: CaptureContext,
  wanted: string | undefined,
): Promise<string | undefined> {
  if (platform !== 'linux' && wanted === undefined) return undefined;
  // The bars are for whoever asks for them: nobody wants to show them in place of a camera.
  const device = wanted ?? (await chooseVideoNode(undefined));
  requireShellSafe(device, platform);
  if (device.startsWith('FILE:')) await requireFile(device.slice('FILE:'.length));
  if (device.startsWith('/dev/')) await requireVideoNode(device);
  return device;
}

/** Throws MEET_DEVICE_NAME for a name that could mean anything to a shell. */
export function requireShellSafe(device: string, platform: NodeJS.Platform): void {
  const allowed =
    platform === 'darwin' ? MAC_NAME : platform === 'win32' ? WINDOWS_NAME : LINUX_NAME;
  if (allowed.test(device)) return;
  throw new MeetError(
    'MEET_DEVICE_NAME',
    `${quotedName(device)} is not a camera for ${NAME}, expected /dev/videoN, ${TEST_BARS} or FILE: and a plain path`,
  );
}

async function requireFile(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message : String(thrown);
    throw new MeetError('MEET_FILE_SOURCE', `"${path}" can't be read: ${words}`, { cause: thrown });
  }
}

interface Camera {
  readonly program: ShotProgram;
  readonly close: () => Promise<void>;
}

async function startCamera(
  { env }: CaptureContext,
  wish: PictureWish,
  device: string | undefined,
): Promise<Camera> {
  const parent = env.TMPDIR ?? '';
  const folder = await mkdtemp(join(parent === '' ? tmpdir() : parent, 'meet-webcam-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    if (!FOLDER_NAME.test(folder)) {
      throw new MeetError(
        'MEET_DEVICE_NAME',
        `the folder for temporary files is "${folder}", ${NAME} needs one of letters, digits and ._-/; set TMPDIR`,
      );
    }
    const args = [
      libraryPath() ?? '',
      JSON.stringify(options(wish, device)),
      join(folder, 'shot.jpg'),
    ];
    const program = await startShotProgram({ script: SCRIPT, args, env });
    const close = async (): Promise<void> => {
      await program.close();
      await remove();
    };
    return { program, close };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

/** node-webcam's options. Without banner, title and timestamp the picture is the camera's alone. */
function options(wish: PictureWish, device: string | undefined): Readonly<Record<string, unknown>> {
  return {
    width: wish.maxWidth,
    height: wish.maxHeight,
    quality: Math.min(wish.quality, BEST_QUALITY),
    output: 'jpeg',
    callbackReturn: 'buffer',
    saveShots: false,
    topBanner: false,
    bottomBanner: false,
    title: false,
    subtitle: false,
    timestamp: false,
    device: device ?? false,
  };
}

interface ShotParts {
  readonly program: ShotProgram;
  readonly device: string | undefined;
  readonly request: OpenRequest;
  readonly wish: PictureWish;
  readonly loadEncoder: EncoderLoader;
}

/** The time of a picture is when it was asked for: it is taken between that and its arrival. */
async function takeShot(parts: ShotParts, signal: AbortSignal): Promise<TakenPicture> {
  const { program, device, request, wish, loadEncoder } = parts;
  const takenAtUs = request.context.clock.wallUs();
  try {
    const jpeg = await program.take(signal);
    const { width, height } = readJpegSize(jpeg);
    if (width <= wish.maxWidth && height <= wish.maxHeight) {
      return { jpeg, width, height, takenAtUs };
    }
    return { ...(await (await loadEncoder()).encodeFile(jpeg, wish)), takenAtUs };
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message : String(thrown);
    throw cameraFault(device ?? 'default', words, false);
  }
}

function missingPart(context: CaptureContext): MeetError | undefined {
  if (libraryPath() === undefined) {
    return new MeetError(
      'MEET_PROGRAM_MISSING',
      `the package "${NAME}" is not installed; install it: npm install ${NAME}`,
    );
  }
  const program = context.platform === 'darwin' ? 'imagesnap' : 'fswebcam';
  if (context.platform === 'win32' || context.findProgram(program) !== undefined) return undefined;
  return missingProgram(program, context.platform);
}

/** It is an optional package, so it may not be there. */
function libraryPath(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(NAME);
  } catch {
    return undefined;
  }
}
