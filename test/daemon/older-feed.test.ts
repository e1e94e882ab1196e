import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { limitsWith } from '../../src/transport/limits.js';
import { encodeOlderVideoFrame } from '../../src/transport/older/canonical-pickle.js';
import { parsePicturePickle } from '../../src/transport/older/pickle-picture.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import { psnrDb } from '../capture/pictures/pixels.js';
import { ManualClock } from '../setup/manual-clock.js';
import { NativeClient, newSession } from '../setup/native-client.js';
import { startOlderClient } from '../setup/older-client.js';
import { needs } from '../setup/programs.js';
import { RawSocket } from '../setup/raw-socket.js';
import { RunningDaemon, eventsNamed } from '../setup/running-daemon.js';
import { olderFrame, wireJpeg, wirePicture, wirePreamble } from '../setup/wire.js';
import { passed, publisher } from './relay-scene.js';

const LIMITS = limitsWith();
const HEIGHT = 48;
/** The machine may be busy. */
const PATIENT = { timeout: 20_000 };

/** A real JPEG that is told from others by its width. */
function picture(width: number): Promise<Buffer> {
  const { r, g, b } = { r: width % 256, g: 90, b: 255 - (width % 256) };
  return sharp({ create: { width, height: HEIGHT, channels: 3, background: { r, g, b } } })
    .jpeg()
    .toBuffer();
}

/** The three connections of an older client that says nothing, and the widths that it is shown. */
class SilentClient {
  readonly #video: RawSocket;

  static async connect({ ports }: RunningDaemon): Promise<SilentClient> {
    await RawSocket.connect(ports.screen);
    const video = await RawSocket.connect(ports.video);
    await RawSocket.connect(ports.audio);
    return new SilentClient(video);
  }

  private constructor(video: RawSocket) {
    this.#video = video;
  }

  get video(): RawSocket {
    return this.#video;
  }

  get widths(): number[] {
    const widths: number[] = [];
    const { received } = this.#video;
    for (let at = 0; at + 8 <= received.length;) {
      const end = at + 8 + Number(received.readBigUInt64LE(at));
      if (received.length < end) break;
      widths.push(parsePicturePickle(received.subarray(at + 8, end), LIMITS).width);
      at = end;
    }
    return widths;
  }
}

async function camera(
  daemon: RunningDaemon,
  name: string,
  session?: string,
): Promise<NativeClient> {
  return publisher(daemon, { kind: 'video', name, ...(session === undefined ? {} : { session }) });
}

/** Lets a silent client have been there long enough to be taken as an older one. */
async function silence(
  daemon: RunningDaemon,
  clock: ManualClock,
  connections: number,
): Promise<void> {
  await expect.poll(() => daemon.daemon.stats().process.connections, PATIENT).toBe(connections);
  clock.advance(2100);
}

describe('a client of the older framing that says nothing', () => {
  it('is there after a second, sees the camera that came first, and is wanted to', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const first = await camera(daemon, 'first');
    const second = await camera(daemon, 'second');
    first.sendPicture({}, await picture(64));
    second.sendPicture({}, await picture(80));
    const client = await SilentClient.connect(daemon);
    await passed(first, second);
    expect(daemon.names).toEqual(['first', 'second']);
    await silence(daemon, clock, 5);
    await expect.poll(() => client.widths, PATIENT).toEqual([64]);
    expect(eventsNamed(daemon, 'joined').at(-1)).toMatchObject({
      name: '127.0.0.1',
      origin: 'older',
    });
    await passed(first, second);
    const wanted = (sender: NativeClient): unknown[] =>
      sender.answers.entries.filter(({ type }) => type === 'want').map((record) => record.wanted);
    expect(wanted(first)).toEqual([false, true]);
    expect(wanted(second)).toEqual([false]);
  });

  it('sees the camera of the host, whoever was there before', async () => {
    const clock = new ManualClock();
    const hostSession = newSession();
    const daemon = await RunningDaemon.start({ clock, hostSession });
    const first = await camera(daemon, 'first');
    first.sendPicture({}, await picture(64));
    const client = await SilentClient.connect(daemon);
    await passed(first);
    await silence(daemon, clock, 4);
    await expect.poll(() => client.widths, PATIENT).toEqual([64]);
    const host = await camera(daemon, 'host', hostSession);
    expect(await host.answer('want')).toMatchObject({ wanted: true });
    await first.answers.several(3, ({ type }) => type === 'want');
    host.sendPicture({}, await picture(96));
    first.sendPicture({ sequence: 1 }, await picture(72));
    await expect.poll(() => client.widths, PATIENT).toEqual([64, 96]);
  });

  it('sees the next camera at once when the one that it saw is turned off, or stopped', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const first = await camera(daemon, 'first');
    const second = await camera(daemon, 'second');
    first.sendPicture({}, await picture(64));
    second.sendPicture({}, await picture(80));
    const client = await SilentClient.connect(daemon);
    await passed(first, second);
    await silence(daemon, clock, 5);
    await expect.poll(() => client.widths, PATIENT).toEqual([64]);
    first.sendControl({ type: 'stream', state: 'off' });
    await expect.poll(() => client.widths, PATIENT).toEqual([64, 80]);
    expect(await second.answers.first(({ wanted }) => wanted === true)).toBeDefined();
    const [, other] = daemon.daemon.hub.participants;
    if (other === undefined) throw new Error('the second is not there');
    daemon.daemon.hub.hold(other, 'video', true);
    first.sendPicture({ sequence: 1 }, await picture(72));
    await expect.poll(() => client.widths, PATIENT).toEqual([64, 80, 72]);
  });

  it('sees the last picture of a camera that stands still after it', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const sender = await camera(daemon, 'first');
    const client = await SilentClient.connect(daemon);
    await silence(daemon, clock, 4);
    await sender.answers.first(({ wanted }) => wanted === true);
    const pictures = await Promise.all([64, 72, 80, 88, 96].map(picture));
    const records = pictures.map((jpeg, sequence) => wirePicture({ sequence }, jpeg));
    sender.send(...records, wirePicture({ sequence: 5 }));
    // Those that come while one is converted pass; the newest of them does not.
    await expect.poll(() => client.widths.at(-1), PATIENT).toBe(96);
    expect(client.widths[0]).toBe(64);
  });

  it('gets the newest picture, and not all, when it has not read for a while', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const sender = await camera(daemon, 'first');
    const client = await SilentClient.connect(daemon);
    await silence(daemon, clock, 4);
    await sender.answers.first(({ wanted }) => wanted === true);
    client.video.socket.pause();
    const large = await sharp({
      create: { width: 1600, height: 1200, channels: 3, background: '#246' },
    })
      .jpeg()
      .toBuffer();
    for (let sequence = 0; sequence < 30; sequence += 1) {
      sender.sendPicture({ sequence }, large);
      await passed(sender);
    }
    sender.sendPicture({ sequence: 30 }, await picture(64));
    await passed(sender);
    client.video.socket.resume();
    await expect.poll(() => client.widths.at(-1), PATIENT).toBe(64);
    expect(client.widths.length).toBeLessThan(20);
  });

  it('does not see itself, but sees another older client', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const { ports } = daemon;
    const client = await SilentClient.connect(daemon);
    const others: RawSocket[] = [];
    for (const kind of STREAM_KINDS) {
      others.push(await RawSocket.connect(ports[kind], { localAddress: '127.0.0.2' }));
    }
    await silence(daemon, clock, 6);
    await expect.poll(() => daemon.names, PATIENT).toEqual(['127.0.0.1', '127.0.0.2']);
    const bgr = Buffer.alloc(64 * HEIGHT * 3, 0x77);
    others[1]?.send(encodeOlderVideoFrame(bgr, 64, HEIGHT));
    await expect.poll(() => client.widths, PATIENT).toEqual([64]);
    expect(others[1]?.received.length).toBe(0);
  });
});

describe('a native client that is slow with its preamble', () => {
  it('is taken for an older one only until it speaks', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const clients = [];
    for (const kind of STREAM_KINDS)
      clients.push(await NativeClient.connect(daemon.ports[kind], kind));
    await silence(daemon, clock, 3);
    await expect.poll(() => daemon.names, PATIENT).toEqual(['127.0.0.1']);
    const session = newSession();
    for (const client of clients) {
      client.send(wirePreamble(client.kind), client.hello({ session }));
      await client.answer('welcome');
    }
    expect(daemon.names).toEqual(['kiosk']);
    expect(eventsNamed(daemon, 'left').map(({ name }) => name)).toEqual(['127.0.0.1']);
    clients[0]?.sendPicture({}, wireJpeg());
    const [frame] = await daemon.frames.several(1);
    expect(frame).toMatchObject({ participant: 2, kind: 'screen' });
  });

  it('is not taken for one while fewer than three connections are silent', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const screen = await RawSocket.connect(daemon.ports.screen);
    await RawSocket.connect(daemon.ports.video);
    await silence(daemon, clock, 2);
    expect(daemon.names).toEqual([]);
    screen.send(olderFrame('screen', wireJpeg()));
    await daemon.frames.several(1);
    expect(daemon.names).toEqual(['127.0.0.1']);
  });
});

describe.skipIf(needs('python3', 'ffmpeg'))('the older program itself', () => {
  it('unpickles the camera of a native client with its own numpy', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'meet-older-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const daemon = await RunningDaemon.start();
    const sender = await camera(daemon, 'first');
    const width = 160;
    const pixels = Buffer.from(
      Array.from({ length: width * 120 * 3 }, (_, at) => {
        const x = Math.floor(at / 3) % width;
        const y = Math.floor(at / 3 / width);
        return [x, 2 * y, 255 - x][at % 3] ?? 0;
      }),
    );
    const raw = { width, height: 120, channels: 3 } as const;
    const jpeg = await sharp(pixels, { raw }).jpeg({ quality: 90 }).toBuffer();
    const { screen, video, audio } = daemon.ports;
    const client = startOlderClient(
      [screen, video, audio],
      ['--kinds', 'none', '--silent', '0', '--receive', '1', '--save', folder],
    );
    onTestFinished(() => client.close());
    await sender.answers.first(({ wanted }) => wanted === true);
    sender.sendPicture({}, jpeg);
    expect(await client.next('received')).toMatchObject({ width, height: 120, dtype: 'uint8' });
    // The file format 1.0 of numpy: 10 bytes, then a header whose length they hold, then the array.
    const saved = await readFile(join(folder, 'received-0.npy'));
    const bgr = saved.subarray(10 + saved.readUInt16LE(8));
    const rgb = Buffer.from(bgr.map((_, at) => bgr[at - (at % 3) + 2 - (at % 3)] ?? 0));
    const seen = await sharp(rgb, { raw }).png().toBuffer();
    const wrong = await sharp(bgr, { raw }).png().toBuffer();
    expect(await psnrDb(seen, jpeg)).toBeGreaterThan(40);
    expect(await psnrDb(wrong, jpeg)).toBeLessThan(20);
    await client.ended;
  });
});
