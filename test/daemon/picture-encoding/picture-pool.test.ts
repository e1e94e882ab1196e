import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { PictureTask } from '../../../src/daemon/picture-encoding/picture-job.js';
import { PicturePool } from '../../../src/daemon/picture-encoding/picture-pool.js';
import type { WorkedPicture } from '../../../src/daemon/picture-encoding/picture-stream.js';
import { sharpCodec } from '../../../src/daemon/picture-encoding/jpeg-codec.js';
import { systemClock } from '../../../src/transport/clock.js';
import type { MeetError } from '../../../src/transport/errors.js';
import { readJpegSize } from '../../../src/transport/jpeg-header.js';
import { limitsWith } from '../../../src/transport/limits.js';
import { encodePicturePickle } from '../../../src/transport/older/canonical-pickle.js';
import { parsePicturePickle } from '../../../src/transport/older/pickle-picture.js';
import { likeness, plainPicture } from './likeness.js';

const limits = limitsWith();
const pools: PicturePool[] = [];

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function newPool(threads = 1): PicturePool {
  const pool = new PicturePool({ clock: systemClock, limits, threads });
  pools.push(pool);
  return pool;
}

/** A record as the older reader gives it: 32 bytes of room, then the pickle. */
function recordOf(bgr: Buffer, width: number, height: number): Buffer {
  const pickle = encodePicturePickle(bgr, width, height);
  const record = Buffer.allocUnsafeSlow(32 + pickle.length);
  pickle.copy(record, 32);
  return record;
}

/** A stream that keeps what comes out of it. */
function openStream(pool: PicturePool, task: PictureTask = 'to-jpeg') {
  const changes = new EventEmitter();
  const pictures: WorkedPicture[] = [];
  const refusals: MeetError[] = [];
  const stream = pool.open(task, {
    onPicture: (picture) => {
      pictures.push(picture);
      changes.emit('change');
    },
    onRefused: (reason) => {
      refusals.push(reason);
      changes.emit('change');
    },
  });
  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) await once(changes, 'change');
  };
  return { stream, pictures, refusals, until };
}

describe('PicturePool', () => {
  it('turns an older record into a JPEG behind room for the header, colours in place', async () => {
    const { stream, pictures, until } = openStream(newPool());
    const bgr = plainPicture(320, 200);
    stream.offer(recordOf(Buffer.from(bgr), 320, 200), 1_700_000_000_000_000);
    await until(() => pictures.length === 1);

    const [picture] = pictures;
    const jpeg = picture?.bytes.subarray(32) ?? Buffer.alloc(0);
    expect(picture?.bytes.subarray(0, 32)).toEqual(Buffer.alloc(32));
    expect(picture?.bytes.buffer.byteLength).toBe(32 + jpeg.length);
    expect(readJpegSize(jpeg)).toEqual({ width: 320, height: 200 });
    expect([picture?.width, picture?.height]).toEqual([320, 200]);
    expect(picture?.capturedAtUs).toBe(1_700_000_000_000_000);
    expect(picture?.tookUs).toBeGreaterThan(0);

    const decoded = Buffer.alloc(bgr.length);
    await (await sharpCodec()).decode(jpeg, limits, () => decoded);
    expect(likeness(decoded, bgr)).toBeGreaterThan(30);
  });

  it('moves a record to its thread instead of copying it', async () => {
    const { stream, pictures, until } = openStream(newPool());
    stream.offer(recordOf(plainPicture(64, 48), 64, 48), 0);
    await until(() => pictures.length === 1);
    const record = recordOf(plainPicture(64, 48), 64, 48);
    stream.offer(record, 1);
    expect(record.buffer.byteLength).toBe(0);
    await until(() => pictures.length === 2);
  });

  it('turns a JPEG into a whole older video frame, and leaves the JPEG as it was', async () => {
    const bgr = plainPicture(160, 120);
    const codec = await sharpCodec();
    const jpeg = await codec.encode({ bgr: Buffer.from(bgr), width: 160, height: 120 }, 90);
    const shared = Buffer.concat([Buffer.alloc(32, 7), jpeg]);
    const { stream, pictures, until } = openStream(newPool(), 'to-older');
    stream.offer(shared.subarray(32), 5);
    await until(() => pictures.length === 1);

    expect(shared.subarray(32)).toEqual(jpeg);
    const frame = pictures[0]?.bytes ?? Buffer.alloc(0);
    expect(frame.readBigUInt64LE(0)).toBe(BigInt(frame.length - 8));
    const parsed = parsePicturePickle(frame.subarray(8), limits);
    expect([parsed.width, parsed.height]).toEqual([160, 120]);
    expect(likeness(parsed.bgr, bgr)).toBeGreaterThan(30);
  });

  it('refuses a bad pickle by its code and goes on with the next picture', async () => {
    const { stream, pictures, refusals, until } = openStream(newPool());
    stream.offer(
      Buffer.concat([Buffer.alloc(32), Buffer.from('\x80\x04cos\nsystem\n.', 'latin1')]),
      0,
    );
    stream.offer(recordOf(plainPicture(16, 16), 16, 16), 0);
    await until(() => pictures.length === 1);
    expect(refusals.map((each) => each.code)).toEqual(['MEET_PICKLE_REFUSED']);
    expect(refusals[0]?.message).toContain('names os.system, which is never run');
    expect(stream.counts).toEqual({ offered: 2, done: 1, dropped: 0, refused: 1 });
  });

  it('refuses a JPEG that cannot be decoded', async () => {
    const { stream, refusals, until } = openStream(newPool(), 'to-older');
    stream.offer(Buffer.from('ffd8ffc00011080010001003011100021101031101ffda', 'hex'), 0);
    stream.offer(Buffer.from('ffd8ffc000110810e11e0103011100021101031101ffda', 'hex'), 0);
    await until(() => refusals.length === 2);
    expect(refusals.map((each) => each.code)).toEqual([
      'MEET_FRAME_MALFORMED',
      'MEET_PICTURE_TOO_LARGE',
    ]);
  });

  it('keeps the order of a stream with several threads, and loses nothing at a steady rate', async () => {
    const { stream, pictures, until } = openStream(newPool(2));
    for (let index = 0; index < 40; index += 1) {
      // Alternately large and small: out of order if two were in work at once.
      const [width, height] = index % 2 === 0 ? [640, 480] : [16, 16];
      stream.offer(recordOf(plainPicture(width, height), width, height), index);
      await until(() => pictures.length > index - 5);
    }
    await until(() => pictures.length === 40);
    expect(pictures.map((each) => each.capturedAtUs)).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
    expect(stream.counts.dropped).toBe(0);
  });

  it('drops the oldest and counts them when more come than can be worked on', async () => {
    const { stream, pictures, until } = openStream(newPool());
    const record = recordOf(randomBytes(640 * 480 * 3), 640, 480);
    for (let index = 0; index < 200; index += 1) stream.offer(Buffer.from(record), index);
    await until(() => pictures.length + stream.counts.dropped === 200);
    expect(stream.counts.dropped).toBeGreaterThan(150);
    expect(pictures.at(-1)?.capturedAtUs).toBe(199);
    const times = pictures.map((each) => each.capturedAtUs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('gives every stream its turn beside one that offers too much', async () => {
    const pool = newPool();
    const greedy = openStream(pool);
    const modest = openStream(pool);
    const record = recordOf(plainPicture(640, 480), 640, 480);
    for (let index = 0; index < 15; index += 1) greedy.stream.offer(Buffer.from(record), index);
    modest.stream.offer(Buffer.from(record), 0);
    await modest.until(() => modest.pictures.length === 1);
    expect(greedy.pictures.length).toBeLessThan(4);
  });

  it('holds at most 128 MiB of waiting pictures over all streams', async () => {
    const pool = newPool();
    const streams = Array.from({ length: 12 }, () => openStream(pool));
    const large = recordOf(Buffer.alloc(3000 * 3000 * 3), 3000, 3000);
    for (const { stream } of streams) stream.offer(Buffer.from(large), 0);
    const dropped = streams.map(({ stream }) => stream.counts.dropped);
    expect(dropped).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
    await Promise.all(
      streams.slice(0, 4).map(({ until, pictures }) => until(() => pictures.length === 1)),
    );
  });

  it('finishes what a stream has given, though no thread has started, and takes no more', async () => {
    const pool = newPool();
    const ending = openStream(pool);
    const record = recordOf(plainPicture(64, 48), 64, 48);
    for (let index = 0; index < 3; index += 1) ending.stream.offer(Buffer.from(record), index);
    const finished = ending.stream.finish();
    ending.stream.offer(Buffer.from(record), 9);
    await finished;
    expect(ending.pictures.map(({ capturedAtUs }) => capturedAtUs)).toEqual([0, 1, 2]);
    expect(ending.stream.counts).toEqual({ offered: 3, done: 3, dropped: 0, refused: 0 });
    await ending.stream.finish();
  });

  it.each(['the stream', 'the pool'])('finishes at once when %s is closed', async (which) => {
    const pool = newPool();
    const [before, after] = [openStream(pool), openStream(pool)];
    const record = recordOf(plainPicture(64, 48), 64, 48);
    for (const { stream } of [before, after]) stream.offer(Buffer.from(record), 0);
    const finished = before.stream.finish();
    if (which === 'the pool') void pool.close();
    else for (const { stream } of [before, after]) stream.close();
    await Promise.all([finished, after.stream.finish()]);
    expect(before.pictures).toEqual([]);
    expect(before.stream.counts.dropped).toBe(1);
  });

  it('says nothing more to a stream that was closed', async () => {
    const pool = newPool();
    const closed = openStream(pool);
    const open = openStream(pool);
    const record = recordOf(plainPicture(64, 48), 64, 48);
    for (let index = 0; index < 3; index += 1) closed.stream.offer(Buffer.from(record), index);
    closed.stream.close();
    closed.stream.close();
    closed.stream.offer(Buffer.from(record), 9);
    open.stream.offer(Buffer.from(record), 0);
    await open.until(() => open.pictures.length === 1);
    expect(closed.pictures).toEqual([]);
  });

  it('ends its threads on close, also in the middle of work, and opens nothing afterwards', async () => {
    const pool = newPool(2);
    const { stream, pictures, until } = openStream(pool);
    const record = recordOf(randomBytes(1920 * 1080 * 3), 1920, 1080);
    stream.offer(Buffer.from(record), 0);
    await until(() => pictures.length === 1);
    stream.offer(Buffer.from(record), 1);
    await Promise.all([pool.close(), pool.close()]);
    await pool.close();
    stream.offer(Buffer.from(record), 2);
    expect(pictures.length).toBe(1);
    expect(() => openStream(pool)).toThrow('the picture pool is closed');
  });

  it('can be closed while its threads still start, and without ever having been used', async () => {
    const unused = newPool();
    await unused.close();
    const starting = newPool(2);
    openStream(starting);
    await starting.close();
  });
});
