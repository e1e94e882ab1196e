/**
 * Which meeting a user means: what `meet rec ls` prints, the beginning of it, a folder, a file,
 * `latest`. Owns these words and the near one for a wrong one.
 */
import { basename, dirname } from 'node:path';
import { MeetError, systemErrorCode } from '../../../transport/errors.js';
import { didYouMean } from '../../../transport/near-word.js';
import type { RecordingFs } from '../recording-fs.js';
import { isPinnedAmong, parseMeetingFolderName, parseSegmentFileName } from '../segment-name.js';
import type { MeetingRecord } from './catalog.js';
import { listMeetings, meetingsOf, segmentsOf } from './catalog.js';
import { readFramesPart } from './frames-part.js';
import { readForeignPart, readMkvPart } from './mkv-part.js';
import { parseStayFolderName } from './part-name.js';

export const LATEST = 'latest';
/** Names told when a word fits several. */
const TOLD_MOST = 5;

export interface Library {
  readonly fs: RecordingFs;
  readonly root: string;
  readonly nowUs: number;
  /** Follows symlinks; rejects with system errors. */
  readonly realPath: (path: string) => Promise<string>;
}

/**
 * The meeting that `word` names. Rejects with MEET_RECORDING_UNKNOWN when there is none, or several; it
 * names those that are near.
 */
export async function findMeeting(library: Library, word: string): Promise<MeetingRecord> {
  const byPath = await meetingAt(library, word);
  if (byPath !== undefined) return byPath;
  const meetings = await listOrNone(library);
  const id = word.replace(/\/+$/, '');
  const exact = meetings.find((meeting) => meeting.id === id);
  if (exact !== undefined) return exact;
  const newest = meetings.at(-1);
  if (word === LATEST && newest !== undefined) return newest;
  // By any beginning: of the room, of the time, of both.
  const fits = meetings.filter(
    (meeting) => meeting.id.startsWith(id) || meeting.id.split('/')[1]?.startsWith(id) === true,
  );
  const [first, ...others] = fits;
  if (first !== undefined && others.length === 0 && id !== '') return first;
  if (fits.length === 0 && (await isFolder(library, word))) {
    throw new MeetError(
      'MEET_RECORDING_UNKNOWN',
      `${JSON.stringify(word)} is a folder, and no meeting's; where it is the folder of recordings, say so: --dir ${word}`,
    );
  }
  throw unknown(library, word, meetings, id === '' ? [] : fits);
}

async function isFolder({ fs, realPath }: Library, word: string): Promise<boolean> {
  try {
    return (await fs.lstat(await realPath(word))).isDirectory();
  } catch {
    return false;
  }
}

async function listOrNone({ fs, root, nowUs }: Library): Promise<MeetingRecord[]> {
  try {
    return await listMeetings(fs, root, nowUs);
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

function unknown(
  { root }: Library,
  word: string,
  meetings: readonly MeetingRecord[],
  fits: readonly MeetingRecord[],
): MeetError {
  const said = JSON.stringify(word);
  if (fits.length > 1) {
    const named = fits.slice(0, TOLD_MOST).map(({ id }) => id);
    const more = fits.length > TOLD_MOST ? ` and ${fits.length - TOLD_MOST} more` : '';
    return new MeetError(
      'MEET_RECORDING_UNKNOWN',
      `${said} fits ${fits.length} meetings: ${named.join(', ')}${more}; write more of the one you mean`,
    );
  }
  if (meetings.length === 0) {
    return new MeetError(
      'MEET_RECORDING_UNKNOWN',
      `there is no recording in ${root}${word === LATEST ? '' : `, and ${said} is no file`}; say where they are: --dir DIR`,
    );
  }
  const names = meetings.flatMap((meeting) => [meeting.id, ...meeting.id.split('/')]);
  const hint = didYouMean(word, [...new Set([...names, LATEST])]);
  return new MeetError(
    'MEET_RECORDING_UNKNOWN',
    `no meeting in ${root} is named ${said}${hint}; meet rec ls shows all of them`,
  );
}

/** A file, or the folder of a meeting or of a stay in the frames format. */
async function meetingAt(library: Library, word: string): Promise<MeetingRecord | undefined> {
  const { fs, nowUs } = library;
  let path: string;
  try {
    path = await library.realPath(word);
    const stat = await fs.lstat(path);
    if (stat.isDirectory()) return await meetingOfFolder(library, path);
    if (!stat.isFile()) return undefined;
  } catch (thrown) {
    const code = systemErrorCode(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw thrown;
  }
  const name = parseSegmentFileName(basename(path));
  const isOurs =
    name !== undefined && parseMeetingFolderName(basename(dirname(path))) !== undefined;
  const part = isOurs
    ? await readMkvPart(fs, { path, name, isPinned: await isPinnedAt(fs, path) }, nowUs)
    : await readForeignPart(fs, path, nowUs);
  return meetingsOf([part])[0];
}

/** One file may be read where its folder may not: then nobody knows. */
async function isPinnedAt(fs: RecordingFs, path: string): Promise<boolean> {
  const entries = await fs.readdir(dirname(path)).catch(() => []);
  return isPinnedAmong(new Set(entries.map(({ name }) => name)), basename(path));
}

async function meetingOfFolder(
  { fs, nowUs }: Library,
  path: string,
): Promise<MeetingRecord | undefined> {
  const stay = parseStayFolderName(basename(path));
  if (stay !== undefined) {
    const place = { ...stay, path, roomFolder: basename(dirname(path)), meeting: stay.stamp };
    return meetingsOf([await readFramesPart(fs, place, nowUs)])[0];
  }
  const parts = [];
  for (const read of segmentsOf(fs, path, await fs.readdir(path), nowUs)) parts.push(await read());
  return meetingsOf(parts)[0];
}
