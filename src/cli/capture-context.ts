/**
 * The real world as capture backends see it: clock, environment, platform and programs on PATH. Owns
 * the look-up of programs; starts none.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import type { CaptureContext } from '../capture/source.js';
import type { Io } from './io.js';

export function captureContext({ clock, env, platform }: Io): CaptureContext {
  const found = new Map<string, string | undefined>();
  return {
    clock,
    env,
    platform,
    findProgram(name) {
      if (!found.has(name)) found.set(name, findProgram(name, env, platform));
      return found.get(name);
    },
  };
}

/** Absolute path of a program on PATH; undefined where there is none that may be run. */
export function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string | undefined {
  const endings = platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    for (const ending of endings) {
      const path = join(folder, `${name}${ending}`);
      if (isRunnable(path)) return path;
    }
  }
  return undefined;
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
