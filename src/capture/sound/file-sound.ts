/**
 * The microphone `file:PATH`: a sound file, looped, at the pace of real time. Owns opening it and the
 * choice of who reads it: 16-bit PCM WAV ourselves, everything else ffmpeg.
 */
import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open as openFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MeetError, systemErrorCode } from '../../transport/errors.js';
import type { Backend, OpenRequest, Source } from '../source.js';
import { DecodedFile } from './decoded-file.js';
import { LoopedWav, readerOf } from './looped-wav.js';
import type { SoundMaker } from './paced-source.js';
import { PacedSource } from './paced-source.js';
import { readWavHeader } from './wav-header.js';

const PREFIX = 'file:';
const BACKEND = 'file';

type Reading = Omit<SoundMaker, 'backend' | 'device'>;

/** Always there; it has no devices to list, since it takes any path. */
export const fileSoundBackend: Backend = {
  name: BACKEND,
  kind: 'audio',
  unavailable: () => Promise.resolve(undefined),
  devices: () => Promise.resolve([]),
  open,
};

async function open(request: OpenRequest): Promise<Source> {
  const device = request.device ?? '';
  const path = pathOf(device);
  await checkFile(path);
  const reading = (await readByOurselves(path)) ?? (await decode(request, path));
  return PacedSource.open(request, { ...reading, backend: BACKEND, device });
}

/** Absolute: ffmpeg can't take it as an option or a protocol then. */
function pathOf(device: string): string {
  const path = device.startsWith(PREFIX) ? device.slice(PREFIX.length) : device;
  if (path === '' || path.includes('\0')) {
    throw new MeetError(
      'MEET_FILE_SOURCE',
      `the sound source ${JSON.stringify(device)} names no file; expected file:PATH, such as file:talk.wav`,
    );
  }
  return resolve(path);
}

/** A folder, a pipe or a device would be read wrongly or never end. */
async function checkFile(path: string): Promise<void> {
  const stats = await attempt(path, () => stat(path));
  if (stats.isFile() && stats.size > 0) return;
  const what = stats.isFile() ? 'is empty' : `is ${kindOf(stats)}, not a file`;
  throw new MeetError('MEET_FILE_SOURCE', `"${path}" ${what}; expected a sound file such as a WAV`);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  return stats.isFIFO() ? 'a pipe' : 'a device or socket';
}

async function readByOurselves(path: string): Promise<Reading | undefined> {
  const file = await attempt(path, () => openFile(path, 'r'));
  let reading: Reading | undefined;
  try {
    reading = await attempt(path, () => wavReading(file));
    return reading;
  } finally {
    if (reading === undefined) await file.close();
  }
}

async function wavReading(file: FileHandle): Promise<Reading | undefined> {
  const read = readerOf(file);
  const { size } = await file.stat();
  const samples = await readWavHeader(read, size);
  if (samples === undefined) return undefined;
  const wav = new LoopedWav(read, samples);
  return { format: samples.format, frame: () => wav.frame(), close: () => file.close() };
}

async function decode({ context, signal }: OpenRequest, path: string): Promise<Reading> {
  const decoded = await DecodedFile.open(context, path, signal);
  return {
    format: decoded.format,
    frame: (_index, ending) => decoded.frame(ending),
    close: () => decoded.close(),
  };
}

/** Runs a file operation; its failure becomes MEET_FILE_SOURCE with words. */
async function attempt<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    if (thrown instanceof MeetError) throw thrown;
    const code = systemErrorCode(thrown) ?? 'unknown';
    const why =
      code === 'ENOENT'
        ? 'there is no such file; check the path (it counts from the folder where meet was started)'
        : code === 'EACCES'
          ? 'this user may not read it; mend it: chmod +r'
          : `the system says ${code}`;
    throw new MeetError('MEET_FILE_SOURCE', `"${path}" cannot be read: ${why}`, { cause: thrown });
  }
}
