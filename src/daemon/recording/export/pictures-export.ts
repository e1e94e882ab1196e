/**
 * The pictures of a meeting as JPEG files, as they came, and a list of their times. Owns the names:
 *
 *   20261123T121530.123Z-anna-screen.jpg     UTC, to the millisecond; -2 behind a second one of it
 *   pictures.jsonl                           one line each: file, participant, kind, at, seconds
 */
import { constants } from 'node:fs';
import { mkdir, open, readdir, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MeetError, systemErrorCode } from '../../../transport/errors.js';
import { FILE_MODE, FOLDER_MODE } from '../recording-fs.js';
import type { RecordingFs } from '../recording-fs.js';
import { safeName, startStamp } from '../recording-names.js';
import type { MeetingItem } from '../reading/meeting-items.js';
import { meetingItems } from '../reading/meeting-items.js';
import type { ExportWish } from './export-wish.js';
import { readingOf } from './export-wish.js';
import { writeFault } from './output-file.js';

const LIST_FILE = 'pictures.jsonl';
/** What a symlink points to is not written over. */
const OVERWRITE_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

type Picture = Extract<MeetingItem, { type: 'picture' }>;

/**
 * Writes all pictures into a folder, which is made. Resolves with their size in bytes. Rejects with
 * MEET_FILE_EXISTS when the folder holds anything and `force` is not given; files that are there are
 * written over only then, and only those of the same name.
 */
export async function exportPictures(
  fs: RecordingFs,
  wish: ExportWish,
  path: string,
  force: boolean,
): Promise<number> {
  const folder = resolve(path);
  try {
    await prepare(folder, force);
    const flags = force ? OVERWRITE_FLAGS : 'wx';
    await using list = await open(join(folder, LIST_FILE), flags, FILE_MODE);
    const names = new PictureNames();
    let sizeBytes = 0;
    for await (const item of meetingItems(fs, wish.parts, { ...readingOf(wish), sound: false })) {
      wish.onProgress?.(item.atUs);
      if (item.type !== 'picture') continue;
      const file = names.nameOf(item);
      await writeFile(join(folder, file), item.jpeg, { flag: flags, mode: FILE_MODE });
      await utimes(join(folder, file), item.atUs / 1e6, item.atUs / 1e6);
      await list.write(`${JSON.stringify(lineOf(item, file, wish.fromUs))}\n`);
      sizeBytes += item.jpeg.length;
    }
    return sizeBytes;
  } catch (thrown) {
    throw writeFault(folder, thrown);
  }
}

async function prepare(folder: string, force: boolean): Promise<void> {
  try {
    await mkdir(folder, { mode: FOLDER_MODE });
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'EEXIST') throw thrown;
    if (force || (await readdir(folder)).length === 0) return;
    throw new MeetError(
      'MEET_FILE_EXISTS',
      `${folder} is not empty; choose another folder, or write into it with --force`,
    );
  }
}

function lineOf({ participant, kind, atUs }: Picture, file: string, fromUs: number): object {
  const at = new Date(atUs / 1000).toISOString();
  return { file, participant, kind, at, seconds: (atUs - fromUs) / 1e6 };
}

/** Names that never come twice. */
class PictureNames {
  #last = '';
  #repeats = 1;

  nameOf({ participant, kind, atUs }: Picture): string {
    const ms = String(Math.floor(atUs / 1000) % 1000).padStart(3, '0');
    const stamp = startStamp(atUs).replace(/Z$/, `.${ms}Z`);
    const what = kind === 'video' ? 'camera' : 'screen';
    const name = `${stamp}-${safeName(participant)}-${what}`;
    this.#repeats = name === this.#last ? this.#repeats + 1 : 1;
    this.#last = name;
    return `${name}${this.#repeats === 1 ? '' : `-${this.#repeats}`}.jpg`;
  }
}
