/**
 * Puts a folder in order that a crash left behind. Owns removing unfinished files, cutting a torn
 * last line off the index, and letting a WAV's header claim all the sound that is there. Never for
 * a folder that is still recorded to; removes no picture and no sound.
 */
import { join } from 'node:path';
import type { RecordingFs } from './recording-fs.js';
import { MEND_FLAGS, PART_SUFFIX, writeAll } from './recording-fs.js';
import {
  WAV_HEADER_BYTES,
  decodeWavHeader,
  encodeWavHeader,
  sampleFrameBytes,
} from './wav-header.js';

export interface RecoveredFolder {
  /** All relative to the folder. */
  readonly removedParts: readonly string[];
  readonly cutIndexes: readonly string[];
  readonly mendedWavs: readonly string[];
}

/** Read backwards in steps of this size, in search of the last whole line. */
const STEP_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Recovers one recording's folder; symlinks are not followed. Rejects with system errors. */
export async function recoverFolder(fs: RecordingFs, folder: string): Promise<RecoveredFolder> {
  const removedParts: string[] = [];
  const cutIndexes: string[] = [];
  const mendedWavs: string[] = [];
  for (const name of await filesOf(fs, folder)) {
    if (name.endsWith(PART_SUFFIX)) {
      await fs.unlink(join(folder, name));
      removedParts.push(name);
    } else if (/^index.*\.jsonl$/.test(name)) {
      if (await mended(fs, join(folder, name), cutTornLine)) cutIndexes.push(name);
    } else if (/^audio-\d+\.wav$/.test(name)) {
      if (await mended(fs, join(folder, name), claimAllSound)) mendedWavs.push(name);
    }
  }
  return { removedParts, cutIndexes, mendedWavs };
}

/** Names of regular files in a folder and in its folders of pictures, sorted. */
async function filesOf(fs: RecordingFs, folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await fs.readdir(folder)) {
    if (entry.isFile()) names.push(entry.name);
    if (!entry.isDirectory() || (entry.name !== 'screen' && entry.name !== 'video')) continue;
    for (const inner of await fs.readdir(join(folder, entry.name))) {
      if (inner.isFile()) names.push(`${entry.name}/${inner.name}`);
    }
  }
  return names.sort();
}

type Mend = (fs: RecordingFs, fd: number, sizeBytes: number) => Promise<boolean>;

async function mended(fs: RecordingFs, path: string, mend: Mend): Promise<boolean> {
  const fd = await fs.open(path, MEND_FLAGS, 0);
  try {
    const { size } = await fs.lstat(path);
    const isChanged = await mend(fs, fd, size);
    if (isChanged) await fs.fdatasync(fd);
    return isChanged;
  } finally {
    await fs.close(fd);
  }
}

async function cutTornLine(fs: RecordingFs, fd: number, sizeBytes: number): Promise<boolean> {
  let end = sizeBytes;
  while (end > 0) {
    const start = Math.max(0, end - STEP_BYTES);
    const bytes = Buffer.alloc(end - start);
    const count = await fs.read(fd, bytes, start);
    const newline = bytes.subarray(0, count).lastIndexOf(NEWLINE);
    if (newline >= 0) {
      end = start + newline + 1;
      break;
    }
    end = start;
  }
  if (end === sizeBytes) return false;
  await fs.ftruncate(fd, end);
  return true;
}

async function claimAllSound(fs: RecordingFs, fd: number, sizeBytes: number): Promise<boolean> {
  const bytes = Buffer.alloc(WAV_HEADER_BYTES);
  await fs.read(fd, bytes, 0);
  const header = decodeWavHeader(bytes);
  if (header === undefined) return false;
  const there = sizeBytes - WAV_HEADER_BYTES;
  const dataBytes = there - (there % sampleFrameBytes(header.format));
  if (dataBytes === header.dataBytes) return false;
  await writeAll(fs, fd, [encodeWavHeader(header.format, dataBytes)], 0);
  return true;
}
