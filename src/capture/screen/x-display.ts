/**
 * Names of X displays: which are valid, which there are, which is the user's. Owns the allow-list and
 * the look into /tmp/.X11-unix; never connects to a display.
 */
import { readdir } from 'node:fs/promises';
import { MeetError } from '../../transport/errors.js';
import { quotedName } from '../quoted-name.js';
import type { CaptureContext, Device } from '../source.js';

/** HOST:DISPLAY.SCREEN as in X(7), with ffmpeg's +X,Y for the top left corner of what is captured. */
const DISPLAY_NAME =
  /^((?:[A-Za-z0-9][A-Za-z0-9.-]{0,254})?:\d{1,5}(?:\.\d{1,3})?)(?:\+(\d{1,5}),(\d{1,5}))?$/;

/** Where X servers put their sockets. */
const SOCKET_FOLDER = '/tmp/.X11-unix';

export interface XDisplay {
  /** The display alone: `:99`, `localhost:10.0`. */
  readonly name: string;
  /** The corner from which it is captured, in pixels. */
  readonly left: number;
  readonly top: number;
}

/** Throws MEET_DEVICE_NAME for what is not the name of a display. */
export function parseDisplayName(name: string): XDisplay {
  const found = DISPLAY_NAME.exec(name);
  if (found === null) {
    throw new MeetError(
      'MEET_DEVICE_NAME',
      `${quotedName(name)} is not an X display, expected :NUMBER or :NUMBER.SCREEN+X,Y, such as :0; see: meet devices`,
    );
  }
  const [, display = '', left = '0', top = '0'] = found;
  return { name: display, left: Number(left), top: Number(top) };
}

/** DISPLAY first, then each X server of this machine. */
export async function listDisplays(context: CaptureContext): Promise<readonly Device[]> {
  const own = context.env.DISPLAY ?? '';
  const running = await runningDisplays();
  return [
    ...(own === '' ? [] : [{ name: own, label: `X display ${own} (DISPLAY)` }]),
    ...running.filter((name) => name !== own).map((name) => ({ name, label: `X display ${name}` })),
  ];
}

/**
 * The display to capture: the one named, else DISPLAY. Another server of this machine is never taken
 * unasked: it may be somebody else's. Throws MEET_DEVICE_NONE with the names that could be given.
 */
export async function chooseDisplay(
  context: CaptureContext,
  device: string | undefined,
): Promise<XDisplay> {
  const name = device ?? context.env.DISPLAY ?? '';
  if (name !== '') return parseDisplayName(name);
  const running = await runningDisplays();
  const offer = running.length === 0 ? 'start an X server' : `give ${running.join(' or ')}`;
  throw new MeetError(
    'MEET_DEVICE_NONE',
    `DISPLAY is not set, so there is no screen to capture; set it, ${offer}, or use --screen test`,
  );
}

async function runningDisplays(): Promise<readonly string[]> {
  const entries = await readdir(SOCKET_FOLDER).catch(() => []);
  const numbers = entries.map((entry) => /^X(\d{1,5})$/.exec(entry)?.[1]);
  return numbers
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
    .map((number) => `:${number}`);
}
