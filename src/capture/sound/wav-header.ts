/**
 * The header of a WAV file: where its samples are and how they are written. Owns the RIFF chunk
 * walk, bounded in steps and by the file's length; reads no samples.
 *
 * Layout: Microsoft, "Multiple Channel Audio Data and WAVE Files" (WAVEFORMATEX,
 * WAVEFORMATEXTENSIBLE); all numbers little-endian.
 *
 *   "RIFF" u32 "WAVE"   then chunks: 4 letters, u32 length, bytes, one more when the length is odd
 *   "fmt ": u16 tag, u16 channels, u32 rate, u32 bytes/s, u16 block, u16 bits[, u16, u16, u32, GUID]
 */
import { MeetError } from '../../transport/errors.js';
import type { SoundFormat } from '../../transport/stream-kind.js';
import { FRAMES_PER_SECOND, sampleBytes } from './sound-format.js';

/** Reads `length` bytes at `position`; fewer at the end of the file. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

export interface WavSamples {
  readonly format: SoundFormat;
  /** Where the first sample is. */
  readonly offset: number;
  /** At least one sample of all channels, a whole number of them. */
  readonly lengthBytes: number;
}

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const FMT_LEAST_BYTES = 16;
const FMT_MOST_BYTES = 40;
/** Files carry a dozen; more is no WAV that anyone made. */
const CHUNKS_MOST = 1000;
const TAG_PCM = 1;
const TAG_EXTENSIBLE = 0xfffe;
/** Of an extensible format: the GUID whose first two bytes are the real tag. */
const SUBFORMAT_AT = 24;
const RATE_LEAST_HZ = 8000;
const RATE_MOST_HZ = 192_000;

/**
 * Finds the samples of a file of `sizeBytes`. Undefined for what we don't read by ourselves: not a
 * RIFF WAVE, not 16-bit PCM, more than 2 channels, a rate beyond 8000-192000 Hz or one of which 20 ms
 * are no whole samples. Throws MEET_FILE_SOURCE for a WAV that is broken. A data chunk that claims
 * more than there is (a recording cut off, or written to a pipe) ends with the file.
 */
export async function readWavHeader(
  read: ReadAt,
  sizeBytes: number,
): Promise<WavSamples | undefined> {
  const riff = await read(0, RIFF_HEADER_BYTES);
  if (riff.length < RIFF_HEADER_BYTES) return undefined;
  if (riff.toString('latin1', 0, 4) !== 'RIFF' || riff.toString('latin1', 8, 12) !== 'WAVE') {
    return undefined;
  }
  let fmt: Buffer | undefined;
  let at = RIFF_HEADER_BYTES;
  for (let chunks = 0; chunks < CHUNKS_MOST; chunks += 1) {
    const header = await read(at, CHUNK_HEADER_BYTES);
    if (header.length < CHUNK_HEADER_BYTES) {
      throw broken(`it ends at byte ${sizeBytes} before any samples (no "data" chunk)`);
    }
    const name = header.toString('latin1', 0, 4);
    const length = header.readUInt32LE(4);
    at += CHUNK_HEADER_BYTES;
    if (name === 'fmt ') fmt = await readFmt(read, at, length);
    if (name === 'data') return samplesAt(fmt, at, Math.min(length, sizeBytes - at));
    at += length + (length % 2);
  }
  throw broken(`it has more than ${CHUNKS_MOST} chunks before any samples`);
}

async function readFmt(read: ReadAt, at: number, length: number): Promise<Buffer> {
  const wanted = Math.min(length, FMT_MOST_BYTES);
  const fmt = await read(at, wanted);
  if (length >= FMT_LEAST_BYTES && fmt.length === wanted) return fmt;
  throw broken(`its "fmt " chunk has ${Math.min(length, fmt.length)} bytes, expected 16 to 40`);
}

function samplesAt(
  fmt: Buffer | undefined,
  offset: number,
  length: number,
): WavSamples | undefined {
  if (fmt === undefined) throw broken('it has samples before it tells their format ("fmt " chunk)');
  const format = formatOf(fmt);
  if (format === undefined) return undefined;
  const lengthBytes = length - (length % sampleBytes(format));
  if (lengthBytes <= 0) throw broken('it holds no samples');
  return { format, offset, lengthBytes };
}

function formatOf(fmt: Buffer): SoundFormat | undefined {
  const tag = fmt.readUInt16LE(0);
  const extended = tag === TAG_EXTENSIBLE && fmt.length === FMT_MOST_BYTES;
  const realTag = extended ? fmt.readUInt16LE(SUBFORMAT_AT) : tag;
  const channels = fmt.readUInt16LE(2);
  const sampleRateHz = fmt.readUInt32LE(4);
  const readable =
    realTag === TAG_PCM &&
    fmt.readUInt16LE(12) === channels * 2 &&
    fmt.readUInt16LE(14) === 16 &&
    (channels === 1 || channels === 2) &&
    sampleRateHz >= RATE_LEAST_HZ &&
    sampleRateHz <= RATE_MOST_HZ &&
    sampleRateHz % FRAMES_PER_SECOND === 0;
  return readable ? { codec: 'pcm-s16le', sampleRateHz, channels } : undefined;
}

function broken(why: string): MeetError {
  return new MeetError(
    'MEET_FILE_SOURCE',
    `the WAV file is broken: ${why}; see what is in it: ffprobe FILE, or write it anew: ffmpeg -i FILE new.wav`,
  );
}
