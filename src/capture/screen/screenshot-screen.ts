/**
 * The screen through screenshot-desktop: a screenshot at a time, some 100 ms each, where there is no
 * ffmpeg. Owns which programs that needs and what its failures mean.
 */
import { createRequire } from 'node:module';
import { MeetError } from '../../transport/errors.js';
import { missingProgram } from '../missing-program.js';
import { notPictures } from '../pictures/device-faults.js';
import type { EncoderLoader } from '../pictures/choose-encoder.js';
import { jpegEncoder } from '../pictures/choose-encoder.js';
import type { TakenPicture } from '../pictures/on-demand-pictures.js';
import { openOnDemand } from '../pictures/on-demand-pictures.js';
import type { ShotProgram } from '../pictures/shot-program.js';
import { startShotProgram } from '../pictures/shot-program.js';
import { quotedName } from '../quoted-name.js';
import type {
  Backend,
  CaptureContext,
  Device,
  OpenRequest,
  PictureWish,
  Source,
} from '../source.js';
import { waylandFault } from './wayland.js';
import { chooseDisplay, listDisplays } from './x-display.js';

const NAME = 'screenshot-desktop';
/** What the library starts on Linux (its lib/linux/index.js). */
const LINUX_PROGRAMS: readonly string[] = ['xrandr', 'import'];
const MAIN_SCREEN: Device = { name: 'main', label: 'main screen' };

/** TIFF is without loss and, unlike PNG, without compression: 80 ms for 1920x1080 beside 130 in a measurement. */
const SCRIPT = `
const shoot = require(process.argv[1]);
const take = () => shoot({ format: process.argv[2] });
`;

/** The backend; `loadEncoder` is changed by tests only. */
export function screenshotScreen(loadEncoder: EncoderLoader = jpegEncoder): Backend {
  return {
    name: NAME,
    kind: 'screen',
    unavailable: (context, device) =>
      Promise.resolve(waylandFault(context, device) ?? missingPart(context)),
    devices: async (context) =>
      context.platform === 'linux' ? await listDisplays(context) : [MAIN_SCREEN],
    open: (request) => open(request, loadEncoder),
  };
}

async function open(request: OpenRequest, loadEncoder: EncoderLoader): Promise<Source> {
  const { wish, context } = request;
  if (wish.kind !== 'screen') throw notPictures(NAME, wish.kind);
  const missing = missingPart(context);
  if (missing !== undefined) throw missing;
  const device = await chooseScreen(context, request.device);
  const env = context.platform === 'linux' ? { ...context.env, DISPLAY: device } : context.env;
  // PNG where the library's own program knows no TIFF (Windows).
  const format = context.platform === 'win32' ? 'png' : 'tiff';
  const library = createRequire(import.meta.url).resolve(NAME);
  const program = await startShotProgram({ script: SCRIPT, args: [library, format], env });
  return await openOnDemand({
    request,
    wish,
    backend: NAME,
    device,
    take: (signal) => takeShot({ program, device, request, wish, loadEncoder }, signal),
    release: () => program.close(),
  });
}

interface ShotParts {
  readonly program: ShotProgram;
  readonly device: string;
  readonly request: OpenRequest;
  readonly wish: PictureWish;
  readonly loadEncoder: EncoderLoader;
}

/** The time of a screenshot is when it was asked for: it is taken between that and its arrival. */
async function takeShot(parts: ShotParts, signal: AbortSignal): Promise<TakenPicture> {
  const { program, device, request, wish, loadEncoder } = parts;
  const takenAtUs = request.context.clock.wallUs();
  try {
    const [encoder, shot] = await Promise.all([loadEncoder(), program.take(signal)]);
    return { ...(await encoder.encodeFile(shot, wish)), takenAtUs };
  } catch (thrown) {
    throw shotFault(device, thrown);
  }
}

async function chooseScreen(context: CaptureContext, device: string | undefined): Promise<string> {
  if (context.platform !== 'linux') {
    if (device === undefined || device === MAIN_SCREEN.name) return MAIN_SCREEN.name;
    throw new MeetError(
      'MEET_DEVICE_NAME',
      `${quotedName(device)} is not a screen of ${NAME} here, expected "${MAIN_SCREEN.name}"`,
    );
  }
  const display = await chooseDisplay(context, device);
  if (display.left + display.top === 0) return display.name;
  throw new MeetError(
    'MEET_DEVICE_NAME',
    `${NAME} can't begin at a corner ("${device ?? ''}"), give "${display.name}", or install ffmpeg`,
  );
}

function missingPart(context: CaptureContext): MeetError | undefined {
  if (context.platform !== 'linux') return undefined;
  const program = LINUX_PROGRAMS.find((name) => context.findProgram(name) === undefined);
  return program === undefined ? undefined : missingProgram(program, context.platform);
}

/** xrandr and import name the display that they can't open. */
function shotFault(device: string, thrown: unknown): MeetError {
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  if (/can't open display|unable to open X server/i.test(words)) {
    return new MeetError(
      'MEET_DEVICE_NAME',
      `no X server lets us in at "${device}" (${words}); see which there are: meet devices`,
      { cause: thrown },
    );
  }
  // The library takes the first output that xrandr names, without a look whether there is one.
  if (/reading 'crop'/.test(words)) {
    return new MeetError(
      'MEET_DEVICE_NONE',
      `the display "${device}" has no output that is on (xrandr --current names none); turn a monitor on, or install ffmpeg, which needs none`,
      { cause: thrown },
    );
  }
  return new MeetError(
    'MEET_DEVICE_LOST',
    `no screenshot of "${device}" could be taken: ${words}; is the display still running?`,
    { cause: thrown },
  );
}
