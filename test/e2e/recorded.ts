/**
 * What a daemon left on disk, as a test looks at it: folders, index, pictures, sound. Owns the
 * reading; judges nothing.
 */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readFramesFolder } from '../../src/daemon/recording/frames-reader.js';
import type { FrameLine, IndexLine } from '../../src/daemon/recording/index-line.js';
import { systemRecordingFs } from '../../src/daemon/recording/recording-fs.js';
import { WAV_HEADER_BYTES, decodeWavHeader } from '../../src/daemon/recording/wav-header.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import type { Pcm } from '../setup/tone.js';

const POLL_MS = 50;
const PATIENCE_MS = 30_000;

/** A folder of the test's own, gone with it. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
}

export async function scratch(): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), 'meet-e2e-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** One participant's stay. */
export interface Recorded {
  readonly folder: string;
  readonly lines: readonly IndexLine[];
  /** What the index claims and the files do not hold. */
  readonly faults: readonly string[];
  readonly hasTornLine: boolean;
}

/** All stays below a `--record` folder, by name. */
export async function staysIn(root: string): Promise<string[]> {
  // Beside the rooms lies the mark that this folder is ours.
  const rooms = (await readdir(root).catch(() => [])).filter((name) => !name.startsWith('.'));
  const stays = await Promise.all(
    rooms.map(async (room) =>
      (await readdir(join(root, room))).map((stay) => join(root, room, stay)),
    ),
  );
  return stays.flat().sort();
}

/** The only stay below a `--record` folder. */
export async function readOnlyStay(root: string): Promise<Recorded> {
  const [folder, ...others] = await staysIn(root);
  if (folder === undefined || others.length > 0) {
    throw new Error(`${root} holds ${others.length + (folder === undefined ? 0 : 1)} stays, not 1`);
  }
  return await readStay(folder);
}

export async function readStay(folder: string): Promise<Recorded> {
  return { folder, ...(await readFramesFolder(systemRecordingFs, folder)) };
}

export function framesOf(recorded: Recorded, kind: StreamKind): FrameLine[] {
  return recorded.lines
    .filter((line) => line.type === 'frame')
    .filter((line) => line.kind === kind);
}

export function pictureOf({ folder }: Recorded, line: FrameLine): Promise<Buffer> {
  return readFile(join(folder, line.file));
}

/** A WAV's sound, as much as its header claims. */
export async function soundOf({ folder }: Recorded, file = 'audio-0001.wav'): Promise<Pcm> {
  const bytes = await readFile(join(folder, file));
  const header = decodeWavHeader(bytes);
  if (header === undefined) throw new Error(`${file} has no WAV header`);
  const { format, dataBytes } = header;
  const end = WAV_HEADER_BYTES + dataBytes;
  if (bytes.length < end)
    throw new Error(`${file} is ${bytes.length} bytes, its header says ${end}`);
  return { bytes: bytes.subarray(WAV_HEADER_BYTES, end), ...format };
}

export function durationMs({ bytes, channels, sampleRateHz }: Pcm): number {
  return (bytes.length / (2 * channels * sampleRateHz)) * 1000;
}

/** Files give no event: looks every 50 ms until `find` gives something. */
export async function eventually<T>(
  what: string,
  find: () => Promise<T | undefined>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (performance.now() > untilMs) throw new Error(`${what} did not come in ${patienceMs} ms`);
    await delay(POLL_MS);
  }
}
