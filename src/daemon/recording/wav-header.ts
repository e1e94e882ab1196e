/**
 * The 44 bytes before PCM in a WAV. Owns their layout; reads and writes no file.
 *
 * Layout: "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft, 1991),
 * RIFF WAVE with a 16-byte `fmt ` chunk of WAVE_FORMAT_PCM, then `data`; all little-endian.
 */
import type { SoundFormat } from '../../transport/stream-kind.js';

export const WAV_HEADER_BYTES = 44;
const FMT_BYTES = 16;
const WAVE_FORMAT_PCM = 1;
export const BYTES_PER_SAMPLE = 2;
/** What the RIFF chunk counts beside the samples: the header but its own first 8 bytes. */
const RIFF_OVERHEAD_BYTES = WAV_HEADER_BYTES - 8;

/** Most that a file may hold: the RIFF size is a u32. */
export const WAV_MOST_BYTES = 0xffff_ffff - RIFF_OVERHEAD_BYTES;
/** Most that the header's fields and any reader take. */
const MOST_RATE_HZ = 1_000_000;
const MOST_CHANNELS = 64;

/** Bytes of one sample of all channels. */
export function sampleFrameBytes(format: SoundFormat): number {
  return format.channels * BYTES_PER_SAMPLE;
}

/** Whether a WAV can say so. */
export function isWavFormat(format: SoundFormat): boolean {
  const { sampleRateHz, channels } = format;
  const inRange = (value: number, most: number) =>
    Number.isInteger(value) && value >= 1 && value <= most;
  return inRange(sampleRateHz, MOST_RATE_HZ) && inRange(channels, MOST_CHANNELS);
}

/** The header of a file with `dataBytes` bytes of PCM behind it. */
export function encodeWavHeader(format: SoundFormat, dataBytes: number): Buffer {
  const header = Buffer.allocUnsafe(WAV_HEADER_BYTES);
  const blockBytes = sampleFrameBytes(format);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(RIFF_OVERHEAD_BYTES + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(FMT_BYTES, 16);
  header.writeUInt16LE(WAVE_FORMAT_PCM, 20);
  header.writeUInt16LE(format.channels, 22);
  header.writeUInt32LE(format.sampleRateHz, 24);
  header.writeUInt32LE(format.sampleRateHz * blockBytes, 28);
  header.writeUInt16LE(blockBytes, 32);
  header.writeUInt16LE(BYTES_PER_SAMPLE * 8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

/** Reads a header as this file writes it; undefined for anything else. */
export function decodeWavHeader(
  bytes: Buffer,
): { readonly format: SoundFormat; readonly dataBytes: number } | undefined {
  if (bytes.length < WAV_HEADER_BYTES) return undefined;
  const channels = bytes.readUInt16LE(22);
  const sampleRateHz = bytes.readUInt32LE(24);
  const dataBytes = bytes.readUInt32LE(40);
  const format = { codec: 'pcm-s16le', sampleRateHz, channels } as const;
  if (!isWavFormat(format) || dataBytes > WAV_MOST_BYTES) return undefined;
  const again = encodeWavHeader(format, dataBytes);
  return again.equals(bytes.subarray(0, WAV_HEADER_BYTES)) ? { format, dataBytes } : undefined;
}
