/**
 * Names of cameras: which are valid, which there are, whether this user may open one. Owns the
 * allow-lists and the looks into /dev and /sys; captures nothing.
 */
import { access, constants, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MeetError, systemErrorCode } from '../../transport/errors.js';
import { quotedName } from '../quoted-name.js';
import type { Device } from '../source.js';

/** A V4L2 node, or a name that udev links to one by serial number or by port. */
const LINUX_DEVICE =
  /^\/dev\/(?:video\d{1,3}|v4l\/by-(?:id|path)\/[A-Za-z0-9_][A-Za-z0-9_.:+-]{0,200})$/;
/** ffmpeg takes a Mac's or Windows' camera by name; a colon would begin the name of a microphone. */
const NAMED_DEVICE = /^[\p{L}\p{N}][\p{L}\p{N} ()._#&+'@-]{0,120}$/u;

/** Where the system keeps its devices; a test gives folders of its own. */
export interface DeviceFolders {
  readonly dev: string;
  readonly sys: string;
}

const FOLDERS: DeviceFolders = { dev: '/dev', sys: '/sys/class/video4linux' };

/** Throws MEET_DEVICE_NAME for what is not the name of a camera of this platform. */
export function requireCameraName(name: string, platform: NodeJS.Platform): void {
  const linux = platform !== 'darwin' && platform !== 'win32';
  if ((linux ? LINUX_DEVICE : NAMED_DEVICE).test(name)) return;
  const expected = linux ? '/dev/videoN or /dev/v4l/by-id/NAME' : "a camera's name";
  throw new MeetError(
    'MEET_DEVICE_NAME',
    `${quotedName(name)} is not a camera, expected ${expected}; see: meet devices`,
  );
}

/** Cameras of Linux by number; a camera's first node is its pictures, later ones its metadata. */
export async function listVideoNodes(folders: DeviceFolders = FOLDERS): Promise<readonly Device[]> {
  const entries = await readdir(folders.dev).catch(() => []);
  const numbers = entries
    .map((entry) => /^video(\d{1,3})$/.exec(entry)?.[1])
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
  const nodes = await Promise.all(numbers.map((number) => describeNode(number, folders)));
  return nodes.filter(({ index }) => index === 0).map(({ name, label }) => ({ name, label }));
}

async function describeNode(
  number: number,
  folders: DeviceFolders,
): Promise<Device & { readonly index: number }> {
  const read = async (file: string): Promise<string> =>
    (await readFile(join(folders.sys, `video${number}`, file), 'utf8').catch(() => '')).trim();
  const label = (await read('name')).replaceAll(/\p{C}/gu, '');
  const index = Number(await read('index'));
  return {
    name: join(folders.dev, `video${number}`),
    label: label === '' ? 'camera' : label,
    index: Number.isInteger(index) ? index : 0,
  };
}

/** The camera to open: the one named, else the first. Throws MEET_DEVICE_NONE when there is none. */
export async function chooseVideoNode(device: string | undefined): Promise<string> {
  if (device !== undefined) return device;
  const [first] = await listVideoNodes();
  if (first !== undefined) return first.name;
  throw new MeetError(
    'MEET_DEVICE_NONE',
    'no camera was found (there is no /dev/video*); plug one in, or use --video test, --video file:PATH',
  );
}

/** Resolves when this user may read from the node; rejects with the coded error of `nodeFault`. */
export async function requireVideoNode(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
    if ((await stat(path)).isCharacterDevice()) return;
  } catch (thrown) {
    throw nodeFault(path, thrown);
  }
  throw new MeetError(
    'MEET_DEVICE_NAME',
    `"${path}" is not a device, expected /dev/videoN; see: meet devices`,
  );
}

/** What the system's refusal to open a camera means. */
export function nodeFault(path: string, thrown: unknown): MeetError {
  const code = systemErrorCode(thrown);
  if (code === 'EACCES' || code === 'EPERM') return mayNotOpen(path, code, thrown);
  if (code === 'EBUSY') return isBusy(path, code, thrown);
  if (code === 'ENOENT' || code === 'ENOTDIR') return noCamera(path, code, thrown);
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  return new MeetError('MEET_DEVICE_LOST', `the camera "${path}" can't be opened: ${words}`, {
    cause: thrown,
  });
}

/** What a program's last words about a camera mean; ffmpeg and fswebcam both quote strerror(3). */
export function cameraFault(path: string, words: string, opened: boolean): MeetError {
  if (opened) {
    return new MeetError(
      'MEET_DEVICE_LOST',
      `the camera "${path}" stopped: ${words}; is it still plugged in?`,
    );
  }
  if (/permission denied|operation not permitted|not authorized/i.test(words)) {
    return mayNotOpen(path, words);
  }
  if (/resource busy|already in use/i.test(words)) return isBusy(path, words);
  if (
    /no such (?:file|device)|no webcam found|could not find video device|not found/i.test(words)
  ) {
    return noCamera(path, words);
  }
  return new MeetError(
    'MEET_DEVICE_LOST',
    `no picture came from the camera "${path}": ${words}; try another --size, or --video test`,
  );
}

function mayNotOpen(path: string, words: string, cause?: unknown): MeetError {
  return new MeetError(
    'MEET_DEVICE_PERMISSION',
    `the camera "${path}" may not be opened by this user (${words}); mend it: usermod -aG video $USER, then log in again ` +
      '(on a Mac: System Settings, Privacy, Camera)',
    { cause },
  );
}

function isBusy(path: string, words: string, cause?: unknown): MeetError {
  return new MeetError(
    'MEET_DEVICE_BUSY',
    `the camera "${path}" is used by another program (${words}); see which: fuser -v ${path}`,
    { cause },
  );
}

function noCamera(path: string, words: string, cause?: unknown): MeetError {
  return new MeetError(
    'MEET_DEVICE_NAME',
    `there is no camera "${path}" (${words}); see which there are: meet devices`,
    { cause },
  );
}
