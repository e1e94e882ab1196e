import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WavSamples } from '../../../src/capture/sound/wav-header.js';
import { readWavHeader } from '../../../src/capture/sound/wav-header.js';
import { MeetError } from '../../../src/transport/errors.js';
import { riffChunk, sinePcm, wavFile } from './wav.js';

const SAMPLES = sinePcm(440, 40);
const RUNS = 100_000;

function parse(bytes: Buffer): Promise<WavSamples | undefined> {
  const read = (position: number, length: number): Promise<Buffer> =>
    Promise.resolve(bytes.subarray(position, position + length));
  return readWavHeader(read, bytes.length);
}

/** What a parser may do with any bytes: samples within the file, undefined, or MEET_FILE_SOURCE. */
async function expectSane(bytes: Buffer): Promise<void> {
  try {
    const samples = await parse(bytes);
    if (samples === undefined) return;
    const { format, offset, lengthBytes } = samples;
    expect(lengthBytes).toBeGreaterThan(0);
    expect(lengthBytes % (format.channels * 2)).toBe(0);
    expect(offset + lengthBytes).toBeLessThanOrEqual(bytes.length);
    expect(format.sampleRateHz % 50).toBe(0);
  } catch (thrown) {
    if (thrown instanceof MeetError && thrown.code === 'MEET_FILE_SOURCE') return;
    throw thrown;
  }
}

describe('the WAV header', () => {
  it('tells format and place of the samples', async () => {
    const bytes = wavFile({ sampleRateHz: 44_100, channels: 2, samples: SAMPLES });
    expect(await parse(bytes)).toEqual({
      format: { codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 2 },
      offset: 44,
      lengthBytes: SAMPLES.length,
    });
  });

  it('steps over other chunks, also of odd length', async () => {
    const chunkBefore = riffChunk('LIST', Buffer.from('odd'));
    expect(await parse(wavFile({ samples: SAMPLES, chunkBefore }))).toMatchObject({
      offset: 44 + 12,
      lengthBytes: SAMPLES.length,
    });
  });

  it.each([0xffff_ffff, SAMPLES.length + 1000])(
    'ends with the file when the samples claim %d bytes',
    async (claimedBytes) => {
      const samples = await parse(wavFile({ samples: SAMPLES, claimedBytes }));
      expect(samples?.lengthBytes).toBe(SAMPLES.length);
    },
  );

  it.each([
    ['float samples', { tag: 3, bits: 32 }],
    ['24 bits', { bits: 24 }],
    ['six channels', { channels: 6 }],
    ['7900 Hz', { sampleRateHz: 7900 }],
    ['200000 Hz', { sampleRateHz: 200_000 }],
    ['11025 Hz, of which 20 ms are no whole samples', { sampleRateHz: 11_025 }],
  ])('leaves %s to ffmpeg', async (_title, parts) => {
    expect(await parse(wavFile({ ...parts, samples: SAMPLES }))).toBeUndefined();
  });

  it('says what is wrong at each place where a file is cut off', async () => {
    const bytes = wavFile({ samples: SAMPLES });
    for (let length = 0; length < 46; length += 1) {
      const cut = bytes.subarray(0, length);
      if (length < 12) expect(await parse(cut)).toBeUndefined();
      else await expect(parse(cut)).rejects.toMatchObject({ code: 'MEET_FILE_SOURCE' });
    }
    for (let length = 46; length < 200; length += 1) {
      const samples = await parse(bytes.subarray(0, length));
      expect(samples?.lengthBytes).toBe(length - 44 - (length % 2));
    }
  });

  it('refuses samples that come before their format', async () => {
    const bytes = wavFile({ samples: SAMPLES, chunkBefore: riffChunk('data', SAMPLES) });
    bytes.write('xxxx', 12, 'latin1');
    await expect(parse(bytes)).rejects.toThrow('before it tells their format');
  });

  it('gives up after a thousand chunks', async () => {
    const chunkBefore = Buffer.concat(
      Array.from({ length: 1001 }, () => riffChunk('junk', Buffer.alloc(0))),
    );
    await expect(parse(wavFile({ samples: SAMPLES, chunkBefore }))).rejects.toThrow(
      'more than 1000',
    );
  });

  it(`stays sane for ${RUNS} files with random bytes in their header`, async () => {
    const good = wavFile({
      samples: SAMPLES.subarray(0, 32),
      chunkBefore: riffChunk('LIST', Buffer.alloc(3)),
    });
    const change = fc.tuple(
      fc.integer({ min: 0, max: good.length - 1 }),
      fc.integer({ min: 0, max: 255 }),
    );
    const bytes = fc
      .tuple(fc.array(change, { maxLength: 6 }), fc.integer({ min: 0, max: good.length }))
      .map(([changes, length]) => {
        const bad = Buffer.from(good);
        for (const [at, value] of changes) bad[at] = value;
        return bad.subarray(0, length);
      });
    await fc.assert(fc.asyncProperty(bytes, expectSane), { numRuns: RUNS });
  }, 300_000);
});
