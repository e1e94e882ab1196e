/**
 * The pictures of a meeting as JPEG files, as they came, and a list of their times. Owns the names:
 *
 *   20261123T121530.123Z-anna-screen.jpg     UTC, to the millisecond; -2 behind a second one of it
 *   pictures.jsonl                           one line each: file, participant, kind, at, seconds
 */
import { open, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE_MODE } from '../recording-fs.js';
import type { RecordingFs } from '../recording-fs.js';
import { safeName, startStamp } from '../recording-names.js';
import type { MeetingItem } from '../reading/meeting-items.js';
import { meetingItems } from '../reading/meeting-items.js';
import type { ExportWish } from './export-wish.js';
import { readingOf } from './export-wish.js';
import { withOutputFolder } from './output-folder.js';

const LIST_FILE = 'pictures.jsonl';
type Picture = Extract<MeetingItem, { type: 'picture' }>;

/**
 * Writes all pictures into a folder, which is made: all or none. Resolves with their size in bytes.
 * Rejects as `withOutputFolder` does.
 */
export async function exportPictures(
  fs: RecordingFs,
  wish: ExportWish,
  path: string,
  force: boolean,
): Promise<number> {
  return await withOutputFolder(path, force, async (folder) => {
    await using list = await open(join(folder, LIST_FILE), 'wx', FILE_MODE);
    const names = new PictureNames();
    let sizeBytes = 0;
    for await (const item of meetingItems(fs, wish.parts, { ...readingOf(wish), sound: false })) {
      wish.onProgress?.(item.atUs);
      if (item.type !== 'picture') continue;
      const file = names.nameOf(item);
      await writeFile(join(folder, file), item.jpeg, { flag: 'wx', mode: FILE_MODE });
      await utimes(join(folder, file), item.atUs / 1e6, item.atUs / 1e6);
      await list.write(`${JSON.stringify(lineOf(item, file, wish.fromUs))}\n`);
      sizeBytes += item.jpeg.length;
    }
    return sizeBytes;
  });
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
