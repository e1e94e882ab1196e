/**
 * Reads a folder of the frames format back and checks it against its index. Owns the schema of the
 * index lines as a reader meets them; writes nothing and decodes no picture.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { IndexLine } from './index-line.js';
import { INDEX_VERSION } from './index-line.js';
import type { RecordingFs } from './recording-fs.js';
import { READ_FLAGS } from './recording-fs.js';
import { WAV_HEADER_BYTES, decodeWavHeader } from './wav-header.js';

export interface FramesReading {
  /** Of all index files, in order. */
  readonly lines: readonly IndexLine[];
  /** What is wrong, one sentence each; a cut last line is not. */
  readonly faults: readonly string[];
  /** The last line of an index was cut, as a crash leaves it. */
  readonly hasTornLine: boolean;
}

const count = z.number().int().nonnegative();
const kind = z.enum(['screen', 'video', 'audio']);
const times = { kind, seq: count, capturedAtUs: count, encodedAfterUs: count, receivedAtUs: count };
const reason = z.enum([
  'lost',
  'away',
  'off',
  'queue-full',
  'disk-full',
  'disk-write',
  'malformed',
  'no-format',
]);
/** Only names that a recorder gives: a damaged index must not lead elsewhere. */
const picture = z.string().regex(/^(screen|video)\/\d{9,}-\d+\.jpg$/);
const wav = z.string().regex(/^audio-\d{4,}\.wav$/);

const lineSchema = z.union([
  z.strictObject({
    type: z.literal('start'),
    version: z.literal(INDEX_VERSION),
    room: z.string(),
    participant: z.string(),
    startedAtUs: count,
  }),
  z.strictObject({
    type: z.literal('frame'),
    ...times,
    kind: z.enum(['screen', 'video']),
    sizeBytes: count,
    file: picture,
  }),
  z.strictObject({
    type: z.literal('frame'),
    ...times,
    kind: z.literal('audio'),
    sizeBytes: count,
    file: wav,
    offsetBytes: count,
  }),
  z.strictObject({ type: z.literal('unchanged'), ...times }),
  z.strictObject({
    type: z.literal('gap'),
    kind,
    reason,
    frames: count.exactOptional(),
    sizeBytes: count.exactOptional(),
    fromSeq: count.exactOptional(),
    toSeq: count.exactOptional(),
    fromUs: count,
    toUs: count,
  }),
  z.strictObject({
    type: z.literal('format'),
    kind: z.enum(['screen', 'video']),
    codec: z.literal('jpeg'),
    width: count,
    height: count,
    fps: z.number(),
  }),
  z.strictObject({
    type: z.literal('format'),
    kind: z.literal('audio'),
    file: wav,
    codec: z.literal('pcm-s16le'),
    sampleRateHz: count,
    channels: count,
  }),
  z.strictObject({ type: z.enum(['joined', 'left']), name: z.string(), atUs: count }),
  z.strictObject({ type: z.literal('chat'), name: z.string(), text: z.string(), atUs: count }),
  z.strictObject({ type: z.literal('hand'), up: z.boolean(), atUs: count }),
  z.strictObject({
    type: z.literal('state'),
    kind,
    state: z.enum(['on', 'off', 'stalled']),
    by: z.enum(['self', 'host']),
    atUs: count,
  }),
  z.strictObject({ type: z.literal('suspect'), file: z.string(), words: z.string() }),
  z.strictObject({ type: z.literal('resumed'), atUs: count }),
  z.strictObject({ type: z.literal('end'), endedAtUs: count }),
]);

/** Reads a folder. Rejects with system errors when its index can't be read. */
export async function readFramesFolder(fs: RecordingFs, folder: string): Promise<FramesReading> {
  const names = (await fs.readdir(folder)).map((entry) => entry.name);
  const lines: IndexLine[] = [];
  const faults: string[] = [];
  let hasTornLine = false;
  for (const name of names.filter((name) => /^index.*\.jsonl$/.test(name)).sort(byNumber)) {
    const text = (await readWhole(fs, join(folder, name))).toString('utf8');
    const texts = text.split('\n');
    // What follows the last newline is empty, or a line that a crash cut.
    if (texts.pop() !== '') hasTornLine = true;
    for (const [at, line] of texts.entries()) {
      const parsed = parseIndexLine(line);
      if (parsed === undefined) faults.push(`${name}:${at + 1} is no index line: ${line}`);
      else lines.push(parsed);
    }
  }
  for (const line of lines) faults.push(...(await faultsOf(fs, folder, line)));
  return { lines, faults, hasTornLine };
}

/** `index.jsonl` before `index-0002.jsonl`. */
function byNumber(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : 1);
}

/** One line; undefined for what is none, such as one that a crash cut. */
export function parseIndexLine(text: string): IndexLine | undefined {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function faultsOf(fs: RecordingFs, folder: string, line: IndexLine): Promise<string[]> {
  if (line.type !== 'frame') return [];
  try {
    const { file, sizeBytes, offsetBytes } = line;
    if (offsetBytes === undefined) return await pictureFaults(fs, folder, file, sizeBytes);
    return await soundFaults(fs, folder, file, offsetBytes + sizeBytes);
  } catch (thrown) {
    return [`${line.file} cannot be read: ${String(thrown)}`];
  }
}

async function pictureFaults(
  fs: RecordingFs,
  folder: string,
  file: string,
  sizeBytes: number,
): Promise<string[]> {
  const bytes = await readWhole(fs, join(folder, file));
  if (bytes.length !== sizeBytes)
    return [`${file} is ${bytes.length} bytes, expected ${sizeBytes}`];
  return isWholeJpeg(bytes) ? [] : [`${file} is no whole JPEG`];
}

async function soundFaults(
  fs: RecordingFs,
  folder: string,
  file: string,
  endBytes: number,
): Promise<string[]> {
  const path = join(folder, file);
  const { size } = await fs.lstat(path);
  const header = decodeWavHeader(await readStart(fs, path, WAV_HEADER_BYTES));
  if (header === undefined) return [`${file} has no WAV header`];
  const claimedBytes = WAV_HEADER_BYTES + header.dataBytes;
  if (claimedBytes > size) return [`${file} claims ${claimedBytes} bytes, expected up to ${size}`];
  if (claimedBytes < endBytes)
    return [`${file} claims ${claimedBytes} bytes, expected ${endBytes}`];
  return [];
}

/** Start and end of image (ITU-T T.81, B.1.1.3); cameras may pad with zeros. */
function isWholeJpeg(bytes: Buffer): boolean {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end >= 4 && bytes.readUInt16BE(0) === 0xffd8 && bytes.readUInt16BE(end - 2) === 0xffd9;
}

async function readWhole(fs: RecordingFs, path: string): Promise<Buffer> {
  return readStart(fs, path, (await fs.lstat(path)).size);
}

async function readStart(fs: RecordingFs, path: string, sizeBytes: number): Promise<Buffer> {
  const fd = await fs.open(path, READ_FLAGS, 0);
  try {
    const bytes = Buffer.alloc(sizeBytes);
    let at = 0;
    for (let n = 1; n > 0 && at < sizeBytes; at += n) n = await fs.read(fd, bytes.subarray(at), at);
    return bytes.subarray(0, at);
  } finally {
    await fs.close(fd);
  }
}
