/**
 * The marker file in a root of recordings. Owns its content: `{"version":1,"id":"<uuid>"}`; decides
 * nothing about what it means that it is there or not.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { statOf } from './mount-point.js';
import type { RecordingFs } from './recording-fs.js';
import { CREATE_FLAGS, FILE_MODE, MEND_FLAGS, READ_FLAGS, writeAll } from './recording-fs.js';
import { MARKER_FILE } from './segment-name.js';
import type { SyncTurns } from './sync-turns.js';

const VERSION = 1;
/** More than a marker ever holds. */
const MOST_BYTES = 1024;

const content = z.object({ version: z.literal(VERSION), id: z.string() });

/** What tells one file from another. */
export interface FileIdentity {
  readonly ino: number;
  readonly dev: number;
}

export function markerPathOf(root: string): string {
  return join(root, MARKER_FILE);
}

/** Undefined when there is none. Rejects with system errors. */
export function findMarker(fs: RecordingFs, root: string): Promise<FileIdentity | undefined> {
  return statOf(fs, markerPathOf(root));
}

/** What a marker says. */
export interface Marker {
  /** Undefined where it has none, or is of another version. */
  readonly id: string | undefined;
  /** As a person makes it, who is told to. */
  readonly isEmpty: boolean;
}

/** Rejects with system errors. */
export async function readMarker(fs: RecordingFs, root: string): Promise<Marker> {
  const fd = await fs.open(markerPathOf(root), READ_FLAGS, 0);
  try {
    const bytes = Buffer.alloc(MOST_BYTES);
    const text = bytes.toString('utf8', 0, await fs.read(fd, bytes, 0));
    return { id: idIn(text), isEmpty: text.trim() === '' };
  } finally {
    await fs.close(fd);
  }
}

function idIn(text: string): string | undefined {
  try {
    return content.parse(JSON.parse(text)).id;
  } catch {
    return undefined;
  }
}

/** Makes a marker. Rejects with system errors, leaving none. */
export async function makeMarker(
  fs: RecordingFs,
  root: string,
  id: string,
  turns: SyncTurns,
): Promise<void> {
  try {
    await write(fs, root, CREATE_FLAGS, id, turns);
  } catch (thrown) {
    await fs.unlink(markerPathOf(root)).catch(() => undefined);
    throw thrown;
  }
}

/** Gives an identity to a marker that a person has made. Rejects with system errors. */
export async function nameMarker(
  fs: RecordingFs,
  root: string,
  id: string,
  turns: SyncTurns,
): Promise<void> {
  await write(fs, root, MEND_FLAGS, id, turns);
}

async function write(
  fs: RecordingFs,
  root: string,
  flags: number,
  id: string,
  turns: SyncTurns,
): Promise<void> {
  const fd = await fs.open(markerPathOf(root), flags, FILE_MODE);
  try {
    const line = Buffer.from(`${JSON.stringify({ version: VERSION, id })}\n`);
    await fs.ftruncate(fd, 0);
    await writeAll(fs, fd, [line], 0);
    // A marker that a power loss takes is made anew; what else a bad disk may lose, segments tell.
    await turns.sync(fs, fd).catch(() => undefined);
  } finally {
    await fs.close(fd).catch(() => undefined);
  }
}
