/** WAV files for tests. Owns their layout; writes no file. */

export interface WavParts {
  readonly sampleRateHz?: number;
  readonly channels?: number;
  readonly bits?: number;
  /** wFormatTag: 1 is PCM, 3 float. */
  readonly tag?: number;
  readonly samples: Buffer;
  /** What the data chunk claims to hold; the samples' length when left out. */
  readonly claimedBytes?: number;
  /** A chunk before the samples, such as a LIST of odd length. */
  readonly chunkBefore?: Buffer;
}

/** A RIFF WAVE file with a 16-byte "fmt " chunk; 48000 Hz, one channel, 16 bits by default. */
export function wavFile(parts: WavParts): Buffer {
  const { sampleRateHz = 48_000, channels = 1, bits = 16, tag = 1, samples } = parts;
  const block = channels * Math.ceil(bits / 8);
  const fmt = Buffer.alloc(24);
  fmt.write('fmt ', 0, 'latin1');
  fmt.writeUInt32LE(16, 4);
  fmt.writeUInt16LE(tag, 8);
  fmt.writeUInt16LE(channels, 10);
  fmt.writeUInt32LE(sampleRateHz, 12);
  fmt.writeUInt32LE(sampleRateHz * block, 16);
  fmt.writeUInt16LE(block, 20);
  fmt.writeUInt16LE(bits, 22);
  const before = parts.chunkBefore ?? Buffer.alloc(0);
  const data = Buffer.alloc(8);
  data.write('data', 0, 'latin1');
  data.writeUInt32LE(parts.claimedBytes ?? samples.length, 4);
  const riff = Buffer.from('RIFF\0\0\0\0WAVE', 'latin1');
  riff.writeUInt32LE(4 + fmt.length + before.length + data.length + samples.length, 4);
  return Buffer.concat([riff, fmt, before, data, samples]);
}

/** A chunk of any name, padded to an even length as RIFF wants it. */
export function riffChunk(name: string, body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.write(name, 0, 4, 'latin1');
  header.writeUInt32LE(body.length, 4);
  return Buffer.concat([header, body, Buffer.alloc(body.length % 2)]);
}

/** A sine as PCM s16le, the same on each channel. */
export function sinePcm(
  frequencyHz: number,
  durationMs: number,
  { sampleRateHz = 48_000, channels = 1, amplitude = 0.5 } = {},
): Buffer {
  const count = Math.round((durationMs * sampleRateHz) / 1000);
  const pcm = Buffer.alloc(count * channels * 2);
  for (let index = 0; index < count * channels; index += 1) {
    const phase = (Math.floor(index / channels) / sampleRateHz) * frequencyHz;
    pcm.writeInt16LE(Math.round(32_767 * amplitude * Math.sin(2 * Math.PI * phase)), index * 2);
  }
  return pcm;
}
