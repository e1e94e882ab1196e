/**
 * What all verbs of `meet rec` need of the world: the root, the file system, the time. Owns turning a
 * system's error into words on the recording that it hit.
 */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemRecordingFs } from '../../daemon/recording/recording-fs.js';
import type { MeetingRecord } from '../../daemon/recording/reading/catalog.js';
import { listMeetings } from '../../daemon/recording/reading/catalog.js';
import type { Library } from '../../daemon/recording/reading/find-meeting.js';
import { findMeeting } from '../../daemon/recording/reading/find-meeting.js';
import { MeetError, systemErrorCode } from '../../transport/errors.js';
import type { Io } from '../io.js';

export function openLibrary(io: Io, dir: string): Library {
  return {
    fs: systemRecordingFs,
    root: resolve(dir),
    nowUs: io.clock.wallUs(),
    realPath: realpath,
  };
}

/** All meetings below the root. Rejects with MEET_RECORDING_UNKNOWN when it is not there. */
export async function allMeetings(library: Library): Promise<MeetingRecord[]> {
  return await readable(library.root, () => listMeetings(library.fs, library.root, library.nowUs));
}

/** The meetings that these words name, in their order; all of them for no word. */
export async function meetingsNamed(
  library: Library,
  words: readonly string[],
): Promise<MeetingRecord[]> {
  if (words.length === 0) return await allMeetings(library);
  const found: MeetingRecord[] = [];
  for (const word of words) {
    found.push(await readable(word, () => findMeeting(library, word)));
  }
  return found;
}

/** The one meeting that a verb works on. */
export async function oneMeeting(
  library: Library,
  words: readonly string[],
): Promise<MeetingRecord> {
  const [found] = await meetingsNamed(library, [words[0] ?? '']);
  if (found !== undefined) return found;
  throw new MeetError('MEET_RECORDING_UNKNOWN', `there is no recording in ${library.root}`);
}

/** Runs `work`; what the system says about `path` becomes a coded error. */
export async function readable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw diskReadFault(path, thrown);
  }
}

const MENDING: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read it; run as the user of the daemon, or give it to this one',
  EPERM: 'this user may not read it; run as the user of the daemon, or give it to this one',
  EIO: 'the disk has a fault; look at dmesg and smartctl -a, and copy away what it holds',
  EMFILE: 'this process has too many open files; raise ulimit -n',
};

/** A MeetError for a system's error while `path` was read; what is no system's error stays. */
export function diskReadFault(path: string, thrown: unknown): unknown {
  const code = thrown instanceof MeetError ? undefined : systemErrorCode(thrown);
  if (code === undefined) return thrown;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new MeetError(
      'MEET_RECORDING_UNKNOWN',
      `there are no recordings at ${path}; say where they are: --dir DIR`,
      { cause: thrown },
    );
  }
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const mending = MENDING[code];
  return new MeetError(
    'MEET_DISK_READ',
    `${path} cannot be read: ${said}${mending === undefined ? '' : `; ${mending}`}`,
    { cause: thrown },
  );
}
