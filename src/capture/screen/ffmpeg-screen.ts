/**
 * The screen through an ffmpeg that keeps running: x11grab, avfoundation, gdigrab. Owns ffmpeg's input
 * arguments for each platform and what its last words mean.
 */
import type { ErrorCode } from '../../transport/errors.js';
import { MeetError } from '../../transport/errors.js';
import { missingProgram } from '../missing-program.js';
import { notPictures } from '../pictures/device-faults.js';
import { QUIET_ARGS, encodeArgs } from '../pictures/ffmpeg-args.js';
import type { FfmpegCapture } from '../pictures/ffmpeg-pictures.js';
import { openFfmpegPictures } from '../pictures/ffmpeg-pictures.js';
import { quotedName } from '../quoted-name.js';
import type {
  Backend,
  CaptureContext,
  Device,
  OpenRequest,
  PictureWish,
  Source,
} from '../source.js';
import { watchDisplaySize } from './size-watch.js';
import { waylandFault } from './wayland.js';
import { chooseDisplay, listDisplays } from './x-display.js';

/** ffmpeg's name of a Mac's screen, by number. */
const MAC_SCREEN = /^Capture screen \d$/;
const MAC_BEST = 'Capture screen 0';
const WINDOWS_BEST = 'desktop';

interface ScreenInput {
  readonly device: string;
  readonly format: 'x11grab' | 'avfoundation' | 'gdigrab';
  /** From `-f` to the value of `-i`. */
  readonly args: readonly string[];
  readonly filters: readonly string[];
  readonly limitRate: boolean;
  readonly watch?: FfmpegCapture['watch'];
}

export const ffmpegScreen: Backend = {
  name: 'ffmpeg',
  kind: 'screen',
  unavailable(context, device) {
    const missing =
      context.findProgram('ffmpeg') === undefined
        ? missingProgram('ffmpeg', context.platform)
        : undefined;
    return Promise.resolve(waylandFault(context, device) ?? missing);
  },
  devices: listScreens,
  open,
};

async function listScreens(context: CaptureContext): Promise<readonly Device[]> {
  if (context.platform === 'darwin') return [{ name: MAC_BEST, label: 'main screen' }];
  if (context.platform === 'win32') return [{ name: WINDOWS_BEST, label: 'whole desktop' }];
  return await listDisplays(context);
}

async function open(request: OpenRequest): Promise<Source> {
  const { wish } = request;
  if (wish.kind !== 'screen') throw notPictures('ffmpeg', wish.kind);
  const input = await chooseInput(request, wish);
  return await openFfmpegPictures({
    request,
    wish,
    backend: `ffmpeg-${input.format}`,
    device: input.device,
    args: [...QUIET_ARGS, ...input.args, ...encodeArgs(wish, input.filters)],
    limitRate: input.limitRate,
    ...(input.watch === undefined ? {} : { watch: input.watch }),
    fault: (words, opened) => screenFault(input.device, words, opened),
  });
}

async function chooseInput(request: OpenRequest, wish: PictureWish): Promise<ScreenInput> {
  const { platform } = request.context;
  if (platform === 'darwin') return macInput(request.device ?? MAC_BEST);
  if (platform === 'win32') return windowsInput(request.device ?? WINDOWS_BEST, wish);
  const { name, left, top } = await chooseDisplay(request.context, request.device);
  const grab = ['-f', 'x11grab', '-draw_mouse', '1', '-framerate', String(wish.fps)];
  return {
    device: request.device ?? name,
    format: 'x11grab',
    // The format is known, so nothing needs to be probed: the first frame is the first picture.
    args: [...grab, '-probesize', '32', '-analyzeduration', '0', '-i', name],
    // x11grab's own +X,Y wants the size of the rest as well, which is not known before it runs.
    filters: left + top === 0 ? [] : [`crop=iw-${left}:ih-${top}:${left}:${top}`],
    limitRate: false,
    watch: (onChange) => watchDisplaySize(request.context, name, onChange),
  };
}

function macInput(device: string): ScreenInput {
  if (!MAC_SCREEN.test(device)) throw badName(device, `"${MAC_BEST}"`);
  const grab = ['-f', 'avfoundation', '-capture_cursor', '1', '-framerate', '30'];
  return {
    device,
    format: 'avfoundation',
    args: [...grab, '-i', `${device}:none`],
    filters: [],
    limitRate: true, // avfoundation takes only the rates that the device offers
  };
}

function windowsInput(device: string, wish: PictureWish): ScreenInput {
  if (device !== WINDOWS_BEST) throw badName(device, `"${WINDOWS_BEST}"`);
  const grab = ['-f', 'gdigrab', '-draw_mouse', '1', '-framerate', String(wish.fps)];
  return {
    device,
    format: 'gdigrab',
    args: [...grab, '-probesize', '32', '-analyzeduration', '0', '-i', device],
    filters: [],
    limitRate: false,
  };
}

/** What ffmpeg's last words mean; measured with ffmpeg 5.1 and Xvfb. */
function screenFault(device: string, words: string, opened: boolean): MeetError {
  if (opened) {
    return fault(
      'MEET_DEVICE_LOST',
      `ffmpeg, which captured the screen "${device}", ended: ${words}; is the display still running?`,
    );
  }
  if (/Cannot open display/i.test(words)) {
    return fault(
      'MEET_DEVICE_NAME',
      `no X server lets us in at "${device}" (${words}); see which there are: meet devices; ` +
        "if it is another user's, give that user's XAUTHORITY",
    );
  }
  if (/permission|not authorized/i.test(words)) {
    return fault(
      'MEET_DEVICE_PERMISSION',
      `the screen "${device}" may not be captured: ${words}; on a Mac allow it in System Settings, Privacy, Screen Recording`,
    );
  }
  if (/invalid (?:too big|size|argument)|outside the screen/i.test(words)) {
    return fault(
      'MEET_DEVICE_NAME',
      `"${device}" can't be captured: ${words}; the corner must lie on the screen`,
    );
  }
  return fault(
    'MEET_DEVICE_LOST',
    `ffmpeg ended before a picture of "${device}" came: ${words}; try --screen test`,
  );
}

function fault(code: ErrorCode, words: string): MeetError {
  return new MeetError(code, words);
}

function badName(device: string, expected: string): MeetError {
  return new MeetError(
    'MEET_DEVICE_NAME',
    `${quotedName(device)} is not a screen here, expected ${expected}; see: meet devices`,
  );
}
