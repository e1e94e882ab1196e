/** The world as capture tests see it: the real clock, real programs, an environment of choice. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { CaptureContext, PictureWish } from '../../../src/capture/source.js';
import { systemClock } from '../../../src/transport/clock.js';

export function captureContext(changes: Partial<CaptureContext> = {}): CaptureContext {
  return {
    clock: systemClock,
    env: process.env,
    platform: process.platform,
    findProgram: (name) =>
      (process.env.PATH ?? '')
        .split(delimiter)
        .map((folder) => join(folder, name))
        .find(isExecutable),
    ...changes,
  };
}

/** A wish with the defaults of `meet share`, but for what is given. */
export function screenWish(changes: Partial<PictureWish> = {}): PictureWish {
  return { kind: 'screen', maxWidth: 1920, maxHeight: 1080, fps: 10, quality: 75, ...changes };
}

export function videoWish(changes: Partial<PictureWish> = {}): PictureWish {
  return { kind: 'video', maxWidth: 1280, maxHeight: 720, fps: 15, quality: 75, ...changes };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
