/**
 * The folder of one participant's stay: `root/<room>/<start>-<name>`. Owns making it safely: 0700,
 * new, never through a symlink below the root; writes no file in it.
 */
import { join } from 'node:path';
import { MeetError } from '../../transport/errors.js';
import { madeFolder, makeFolders } from './make-folders.js';
import type { RecordingFs } from './recording-fs.js';
import { safeName, startStamp } from './recording-names.js';
import type { Stay } from './recording.js';

/** Stays of one name that began in the same second. More than anyone has by accident. */
const MOST_OF_ONE_NAME = 1000;

/** The folder of a stay's room. */
export function roomFolder(root: string, stay: Stay): string {
  return join(root, safeName(stay.room));
}

/**
 * Makes a new folder for a stay, and `root` and the room's folder where they are missing; returns
 * its path. The root itself may be a symlink: the operator chose it. Rejects with MEET_DISK_WRITE
 * when something other than a folder stands at the room's name, else with system errors.
 */
export async function makeStayFolder(fs: RecordingFs, root: string, stay: Stay): Promise<string> {
  await makeFolders(fs, root);
  const room = roomFolder(root, stay);
  await makeRealFolder(fs, room);
  const name = `${startStamp(stay.startedAtUs)}-${safeName(stay.participantName)}`;
  for (let number = 1; number <= MOST_OF_ONE_NAME; number += 1) {
    const path = join(room, number === 1 ? name : `${name}-${number}`);
    if (await madeFolder(fs, path)) return path;
  }
  throw new MeetError(
    'MEET_DISK_WRITE',
    `${room} holds ${MOST_OF_ONE_NAME} folders named ${name}, expected fewer; remove some`,
  );
}

/** Makes a folder unless it is there. Rejects with MEET_DISK_WRITE for a symlink or a file there. */
export async function makeRealFolder(fs: RecordingFs, path: string): Promise<void> {
  if (await madeFolder(fs, path)) return;
  if ((await fs.lstat(path)).isDirectory()) return;
  throw new MeetError(
    'MEET_DISK_WRITE',
    `${path} is a symlink or a file, expected a folder; remove it, or choose another --record`,
  );
}
