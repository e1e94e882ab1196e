import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pixelsOf, psnrDb } from '../capture/pictures/pixels.js';
import type { EventLine } from '../setup/event-line.js';
import { startMeet } from '../setup/meet-program.js';
import type { OlderClientLine } from '../setup/older-client.js';
import { startOlderClient } from '../setup/older-client.js';
import { needs } from '../setup/programs.js';
import type { Recorded, Scratch } from './recorded.js';
import { framesOf, pictureOf, readOnlyStay, scratch, soundOf } from './recorded.js';

const FRAMES = 8;
const CHUNKS = 60;
const WIDTH = 320;
const HEIGHT = 240;

type Sent = OlderClientLine & { event: 'sent' };

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The pixels that numpy saved (format 1.0: 10 bytes, then a header whose length they hold), as PNG. */
async function savedPicture(folder: string, frame: number): Promise<Buffer> {
  const bytes = await readFile(join(folder, `sent-${frame}.npy`));
  const bgr = bytes.subarray(10 + bytes.readUInt16LE(8));
  const rgb = Buffer.from(bgr);
  for (let at = 0; at < rgb.length; at += 3) {
    rgb[at] = bgr[at + 2] ?? 0;
    rgb[at + 2] = bgr[at] ?? 0;
  }
  const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
  return await sharp(rgb, { raw }).png().toBuffer();
}

describe.skipIf(needs('python3', 'ffmpeg'))('a client of the older framing', () => {
  let folder: Scratch;
  let recorded: Recorded;
  let sent: Sent[];
  let audioSha256: string;
  let joined: EventLine<'joined'>[];
  let ended: EventLine<'recording'>;

  beforeAll(async () => {
    folder = await scratch();
    const { path: cwd } = folder;
    const kept = join(cwd, 'kept');
    await using serve = startMeet(
      ['serve', '--json', '--ports', '0,0,0', '--record', kept, '--format', 'frames'],
      {
        cwd,
      },
    );
    const { ports } = await serve.event('ready');
    const counts = ['--frames', String(FRAMES), '--chunks', String(CHUNKS)];
    const size = ['--size', `${WIDTH}x${HEIGHT}`];
    const client = startOlderClient(
      [ports.screen, ports.video, ports.audio],
      ['--silent', '1.5', '--fps', '5', '--save', cwd, ...counts, ...size],
    );
    await client.ended;
    await serve.event('left');
    await serve.end('SIGTERM');
    sent = client.lines.filter((line) => line.event === 'sent');
    audioSha256 = client.lines.find((line) => line.event === 'done')?.audioSha256 ?? '';
    joined = serve.events.filter((event) => event.event === 'joined');
    ended = await serve.event('recording', ({ state }) => state === 'ended');
    recorded = await readOnlyStay(kept);
  });

  afterAll(() => folder[Symbol.asyncDispose]());

  it('is one participant with three streams, named by its address', () => {
    expect(joined).toMatchObject([
      { origin: 'older', name: expect.stringMatching(/127/) as string },
    ]);
    expect(recorded.faults).toEqual([]);
  });

  it('loses nothing', () => {
    expect(ended).toMatchObject({ written: 2 * FRAMES + CHUNKS, dropped: 0 });
    expect(recorded.lines.filter(({ type }) => type === 'gap')).toEqual([]);
  });

  it('has its screen kept byte for byte', async () => {
    const kept = framesOf(recorded, 'screen').map((line) => pictureOf(recorded, line));
    const hashes = (await Promise.all(kept)).map(sha256);
    const expected = sent.filter(({ kind }) => kind === 'screen').map(({ sha256: hash }) => hash);
    expect(hashes).toEqual(expected);
  });

  it("has its camera's pixels kept within JPEG's loss", async () => {
    const frames = framesOf(recorded, 'video');
    expect(frames).toHaveLength(FRAMES);
    for (const [index, line] of frames.entries()) {
      const picture = await pictureOf(recorded, line);
      expect(await psnrDb(picture, await savedPicture(folder.path, index))).toBeGreaterThan(30);
    }
  });

  it('has no colours swapped: blue to the right, green below, red in blocks', async () => {
    const [line] = framesOf(recorded, 'video');
    if (line === undefined) throw new Error('no camera picture was recorded');
    const { data } = await pixelsOf(await pictureOf(recorded, line));
    const at = (x: number, y: number): readonly [number, number, number] => {
      const offset = (y * WIDTH + x) * 3;
      return [data[offset] ?? 0, data[offset + 1] ?? 0, data[offset + 2] ?? 0];
    };
    const [, greenAtTop, blueAtRight] = at(WIDTH - 16, 16);
    const [, greenBelow, blueAtLeft] = at(16, HEIGHT - 16);
    expect(blueAtRight - blueAtLeft).toBeGreaterThan(180);
    expect(greenBelow - greenAtTop).toBeGreaterThan(180);
    const reds = [at(16, 16)[0], at(48, 16)[0]].sort((a, b) => a - b);
    expect(reds[0]).toBeLessThan(80);
    expect(reds[1]).toBeGreaterThan(160);
  });

  it('has its sound kept to the byte', async () => {
    const sound = await soundOf(recorded);
    expect({ rate: sound.sampleRateHz, channels: sound.channels }).toEqual({
      rate: 44_100,
      channels: 2,
    });
    expect(sound.bytes).toHaveLength(CHUNKS * 4096);
    expect(sha256(sound.bytes)).toBe(audioSha256);
  });
});
