/**
 * The size of an X display while it is captured. x11grab takes the size that it had at first for as long
 * as it runs: of a screen that has grown it shows a corner, and says nothing. Owns the looking, with
 * xrandr where that is there; opens nothing again.
 */
import type { PictureSize } from '../../transport/jpeg-header.js';
import type { MeetError } from '../../transport/errors.js';
import { sizeChanged } from '../pictures/device-faults.js';
import { programOutput } from '../program-output.js';
import type { CaptureContext } from '../source.js';

/** Time between two looks, in ms: with the next attempt to open, a new size is shown within 5 s. */
const LOOK_MS = 3000;

/**
 * Tells once that `display` (as in X(7)) has another size than it had at the first look, as
 * MEET_DEVICE_LOST. Returns what stops it. Where xrandr is missing or fails nothing is told.
 */
export function watchDisplaySize(
  context: CaptureContext,
  display: string,
  onChange: (fault: MeetError) => void,
): () => void {
  const xrandr = context.findProgram('xrandr');
  if (xrandr === undefined) return () => undefined;
  let known: PictureSize | undefined;
  let looking = false;
  let stopped = false;
  const look = async (): Promise<void> => {
    if (looking || stopped) return;
    looking = true;
    // Without --current the server would ask the monitors, which takes long and may make them flicker.
    const { stdout } = await programOutput(
      xrandr,
      ['--display', display, '--current'],
      context.env,
    );
    looking = false;
    const size = readSize(stdout);
    if (size === undefined || isStopped()) return;
    known ??= size;
    if (size.width === known.width && size.height === known.height) return;
    stop();
    onChange(sizeChanged(display, known, size));
  };
  /** A call, so that the compiler doesn't take the answer from before the wait. */
  const isStopped = (): boolean => stopped;
  const stopTimer = context.clock.every(LOOK_MS, () => void look());
  const stop = (): void => {
    stopped = true;
    stopTimer();
  };
  void look();
  return stop;
}

/** `Screen 0: minimum 1 x 1, current 1280 x 720, maximum 1280 x 720` (xrandr 1.5). */
function readSize(said: string): PictureSize | undefined {
  const [, width, height] = /^Screen \d+:.* current (\d+) x (\d+),/m.exec(said) ?? [];
  return width === undefined ? undefined : { width: Number(width), height: Number(height) };
}
