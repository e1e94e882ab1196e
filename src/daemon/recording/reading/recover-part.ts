/**
 * Recovers one recorded piece of either format. Owns which of them need it, and the name of the file
 * that is made.
 */
import { basename, dirname, join } from 'node:path';
import { MeetError } from '../../../transport/errors.js';
import { recoverFolder } from '../recover-folder.js';
import type { RecordingFs } from '../recording-fs.js';
import type { Part } from './part.js';
import type { Recovered } from './recover-file.js';
import { recoverFile } from './recover-file.js';
import type { PassOptions } from './verify-file.js';

export type RecoveredPart =
  | { readonly part: Part; readonly format: 'mkv'; readonly recovered: Recovered }
  | { readonly part: Part; readonly format: 'frames'; readonly changes: number };

/** Cut off, as its end tells, and nothing whole was made of it yet. */
export function needsRecovery(part: Part, all: readonly Part[]): boolean {
  return part.state === 'damaged' && isUnmended(part, all);
}

/** Nothing was made of it that is whole, and it is not itself what was made. */
export function isUnmended(part: Part, all: readonly Part[]): boolean {
  if (part.isRecovered) return false;
  return !all.some(
    (other) =>
      other.isRecovered &&
      other.state === 'closed' &&
      other.who === part.who &&
      other.number === part.number &&
      other.meeting === part.meeting &&
      other.roomFolder === part.roomFolder,
  );
}

/** `anna-0003.recovered.mkv` beside `anna-0003.open.mkv`. */
export function recoveredPath(path: string): string {
  const name = basename(path)
    .replace(/\.mkv$/i, '')
    .replace(/\.(open|suspect)$/, '');
  return join(dirname(path), `${name}.recovered.mkv`);
}

/**
 * Makes a whole file of a damaged one; a folder of the frames format is put in order in its place.
 * Rejects with MEET_USAGE for one that is being written, else as `recoverFile`.
 */
export async function recoverPart(
  fs: RecordingFs,
  part: Part,
  options: PassOptions,
  nowUs: number,
): Promise<RecoveredPart> {
  if (part.state === 'open') {
    const seconds = Math.max(0, Math.round((nowUs - part.modifiedAtUs) / 1e6));
    throw new MeetError(
      'MEET_USAGE',
      `${part.path} is being written (last ${seconds} s ago); recover it when its meeting has ended`,
    );
  }
  if (part.format === 'frames') {
    const { removedParts, cutIndexes, mendedWavs } = await recoverFolder(fs, part.path);
    const changes = removedParts.length + cutIndexes.length + mendedWavs.length;
    return { part, format: 'frames', changes };
  }
  const recovered = await recoverFile(fs, part.path, recoveredPath(part.path), options);
  return { part, format: 'mkv', recovered };
}
