/**
 * All segments below a root, by their names and what the file system says of them. Owns telling ours
 * from what is somebody else's by name; opens no file and changes nothing.
 */
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../../transport/errors.js';
import type { PathStat, RecordingFs } from './recording-fs.js';
import type { SegmentName } from './segment-name.js';
import { leftOfRecovery } from './unfinished.js';
import { isPinnedAmong, parseMeetingFolderName, parseSegmentFileName } from './segment-name.js';

export interface SurveyedSegment {
  readonly path: string;
  /** The meeting's folder. */
  readonly folder: string;
  readonly name: SegmentName;
  readonly sizeBytes: number;
  /** When it was last written to: a closed one's end. Milliseconds since the Unix epoch. */
  readonly modifiedMs: number;
  readonly isPinned: boolean;
  /** What a `meet rec recover` left that was killed: no recording, whatever is in it. */
  readonly isLeftOver: boolean;
}

/** In no order. Rejects with system errors; what goes away meanwhile is left out. */
export async function surveySegments(fs: RecordingFs, root: string): Promise<SurveyedSegment[]> {
  const segments: SurveyedSegment[] = [];
  for (const room of await foldersIn(fs, root)) {
    for (const folder of await foldersIn(fs, join(root, room))) {
      if (parseMeetingFolderName(folder) === undefined) continue;
      segments.push(...(await surveyMeeting(fs, join(root, room, folder))));
    }
  }
  return segments;
}

async function surveyMeeting(fs: RecordingFs, folder: string): Promise<SurveyedSegment[]> {
  const names = (await entries(fs, folder)).filter((entry) => entry.isFile()).map((at) => at.name);
  const known = new Set(names);
  const segments: SurveyedSegment[] = [];
  for (const file of names) {
    const leftOver = leftOfRecovery(file);
    const name = leftOver ?? parseSegmentFileName(file);
    const stat = name === undefined ? undefined : await look(fs, join(folder, file));
    if (name === undefined || stat?.isFile() !== true) continue;
    segments.push({
      path: join(folder, file),
      folder,
      name,
      sizeBytes: stat.size,
      modifiedMs: stat.mtimeMs,
      isPinned: isPinnedAmong(known, file),
      isLeftOver: leftOver !== undefined,
    });
  }
  return segments;
}

async function foldersIn(fs: RecordingFs, path: string): Promise<string[]> {
  return (await entries(fs, path)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function entries(fs: RecordingFs, path: string): Promise<Dirent[]> {
  return (await unlessGone(fs.readdir(path))) ?? [];
}

function look(fs: RecordingFs, path: string): Promise<PathStat | undefined> {
  return unlessGone(fs.lstat(path));
}

/** Undefined where somebody removed it since its name was read. */
async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
