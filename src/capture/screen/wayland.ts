/**
 * Telling a Wayland session, whose screen no backend of ours can capture. Owns the decision and its
 * words; opens nothing.
 */
import { MeetError } from '../../transport/errors.js';
import type { CaptureContext } from '../source.js';

/**
 * MEET_WAYLAND when the screen belongs to a Wayland compositor: WAYLAND_DISPLAY is set and either
 * there is no DISPLAY or the session says that it is Wayland's. An X display that is named by the
 * user is captured all the same.
 */
export function waylandFault(
  { env, platform }: CaptureContext,
  device: string | undefined,
): MeetError | undefined {
  const compositor = env.WAYLAND_DISPLAY ?? '';
  if (platform !== 'linux' || compositor === '' || device !== undefined) return undefined;
  const display = env.DISPLAY ?? '';
  if (display !== '' && env.XDG_SESSION_TYPE !== 'wayland') return undefined;
  const xWayland =
    display === '' ? '' : `--screen ${display} (shows the windows of XWayland only), `;
  return new MeetError(
    'MEET_WAYLAND',
    `the screen belongs to Wayland (WAYLAND_DISPLAY=${compositor}), which lets no program capture it this way; ` +
      `what works: log in to an X session, ${xWayland}--screen test, --screen file:PATH`,
  );
}
