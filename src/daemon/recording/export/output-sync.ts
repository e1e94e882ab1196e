/**
 * Brings what was exported to the platter, contents before names. Owns the calls; decides nothing about
 * when. Everything rejects with system errors.
 */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotHere } from '../folder-sync.js';

/** Syncs under way: as many as Node has threads, which a journal writes at one go. */
const AT_ONCE = 4;

/** What is in a file, and its length. */
export async function syncContents(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  await file.datasync();
}

/** The names in a folder, where folders can be synced. */
export async function syncNames(folder: string): Promise<void> {
  try {
    await using file = await open(folder, 'r');
    await file.sync();
  } catch (thrown) {
    if (!isNotHere(thrown)) throw thrown;
  }
}

/** All files of a folder that holds only files, and their names. */
export async function syncFilled(folder: string): Promise<void> {
  const names = await readdir(folder);
  const work = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      await syncContents(join(folder, name));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await syncNames(folder);
}
