/**
 * Faults that every kind of picture device can have, with their words. Owns the wording and the time
 * after which a device counts as silent; watches nothing itself.
 */
import { MeetError } from '../../transport/errors.js';
import type { PictureSize } from '../../transport/jpeg-header.js';

/** A device that gives nothing for so long is silent (docs/limits.md: back within 5 s). */
export const SILENT_MS = 5000;

/** MEET_DEVICE_SILENT: it is open, no picture comes. */
export function silentDevice(device: string, words = ''): MeetError {
  const said = words === '' ? '' : ` (${words.split('\n').slice(-2).join('; ')})`;
  return new MeetError(
    'MEET_DEVICE_SILENT',
    `"${device}" is open but gave no picture for ${SILENT_MS / 1000} s${said}; ` +
      'unplug it and plug it in again, or see whether its screen or program hangs',
  );
}

/** MEET_CLOSED: the attempt to open was ended by its signal or by `close`. */
export function closedWhileOpening(device: string): MeetError {
  return new MeetError('MEET_CLOSED', `"${device}" was closed while it was being opened`);
}

/** MEET_INTERNAL: a picture backend was asked for sound. */
export function notPictures(backend: string, kind: string): MeetError {
  return new MeetError('MEET_INTERNAL', `"${backend}" gives pictures, it was asked for ${kind}`);
}

/** MEET_DEVICE_LOST: a stream has one size; opening again finds the new one. */
export function sizeChanged(device: string, from: PictureSize, to: PictureSize): MeetError {
  return new MeetError(
    'MEET_DEVICE_LOST',
    `"${device}" changed from ${from.width}x${from.height} to ${to.width}x${to.height}; it is opened again`,
  );
}
