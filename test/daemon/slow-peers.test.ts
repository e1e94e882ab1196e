import { describe, expect, it } from 'vitest';
import { ManualClock } from '../setup/manual-clock.js';
import { NativeClient } from '../setup/native-client.js';
import { RawSocket } from '../setup/raw-socket.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { olderFrame, wireControl, wireJpeg, wirePicture, wirePreamble } from '../setup/wire.js';

const LIMITS = { 'header-ms': 1000, 'body-ms': 2000, 'body-bytes-per-second': 1000 };
const KIB = 1024;

/** A daemon whose time stands still, and a healthy sharer whose pictures prove that it lives. */
async function slowScene(limits: Partial<Record<string, number>> = {}) {
  const clock = new ManualClock();
  const daemon = await RunningDaemon.start({ clock, limits: { ...LIMITS, ...limits } });
  const healthy = await NativeClient.join(daemon.ports.screen, 'screen', { name: 'healthy' });
  let sequence = 0;
  return {
    clock,
    daemon,
    /** Resolves when the daemon has read all that was sent before, by whomever. */
    picture: async () => {
      healthy.sendPicture({ sequence });
      sequence += 1;
      await daemon.frames.several(sequence, ({ participant }) => participant === 1);
    },
  };
}

/** Resolves when the daemon holds so many bytes of unfinished frames. */
async function held(daemon: RunningDaemon, bytes: number): Promise<void> {
  await expect
    .poll(() => daemon.daemon.stats().process.halfReceivedBytes, { interval: 2, timeout: 10_000 })
    .toBe(bytes);
}

describe('a peer that is slow', () => {
  it.each([
    ['preamble', Buffer.from('MEE')],
    ['length of the older framing', Buffer.from([0, 0])],
  ])('with its %s is closed after header-ms', async (_, bytes) => {
    const { clock, daemon, picture } = await slowScene();
    const slow = await RawSocket.connect(daemon.ports.screen);
    await slow.sent(bytes);
    await expect
      .poll(() => {
        clock.advance(100);
        return slow.isClosed;
      })
      .toBe(true);
    await daemon.event('error', ({ code }) => code === 'MEET_HEADER_TIMEOUT');
    expect(clock.now()).toBeGreaterThan(1000);
    await picture();
  });

  it('with a record header is closed after header-ms, however its bytes dribble', async () => {
    const { clock, daemon, picture } = await slowScene();
    const slow = await NativeClient.join(daemon.ports.screen, 'screen', { name: 'slow' });
    const header = wirePicture({ payloadBytes: 100 });
    for (let at = 0; at < 10; at += 1) {
      await slow.raw.sent(header.subarray(at, at + 1));
      await picture();
      clock.advance(100);
    }
    expect(slow.isClosed).toBe(false);
    await slow.raw.sent(header.subarray(10, 11));
    await picture();
    clock.advance(100);
    await slow.closed;
    const event = await daemon.event('error', ({ code }) => code === 'MEET_HEADER_TIMEOUT');
    expect(event).toMatchObject({ message: expect.stringContaining('after 1.0 s') as unknown });
    await picture();
  });

  it('with a small body is closed after body-ms, one with a large body later', async () => {
    const { clock, daemon, picture } = await slowScene();
    const small = await NativeClient.join(daemon.ports.screen, 'screen', { name: 'small' });
    const large = await NativeClient.join(daemon.ports.screen, 'screen', { name: 'large' });
    small.send(wirePicture({}, wireJpeg(8, 8, 1000)).subarray(0, 100));
    large.send(wirePicture({}, wireJpeg(8, 8, 10_000)).subarray(0, 5000));
    await held(daemon, 68 + 4968);
    clock.advance(2100);
    await small.closed;
    await held(daemon, 4968);
    const event = await daemon.event('error', ({ code }) => code === 'MEET_BODY_TIMEOUT');
    expect(event).toMatchObject({
      message: expect.stringContaining('only 68 of 1015 bytes of a frame came in 2.0 s') as unknown,
    });
    await picture();
    expect(large.isClosed).toBe(false);
    clock.advance(8000);
    await large.closed;
    await held(daemon, 0);
    await picture();
  });

  it('with an older body is closed the same way', async () => {
    const { clock, daemon, picture } = await slowScene();
    const slow = await RawSocket.connect(daemon.ports.screen);
    slow.send(olderFrame('screen', wireJpeg(8, 8, 500)).subarray(0, 200));
    await held(daemon, 196);
    clock.advance(2100);
    await slow.closed;
    await daemon.event('error', ({ code }) => code === 'MEET_BODY_TIMEOUT');
    await picture();
  });

  it('between two frames of the older framing may be silent as long as it likes', async () => {
    const { clock, daemon } = await slowScene();
    const silent = await RawSocket.connect(daemon.ports.screen);
    clock.advance(3_600_000);
    silent.send(olderFrame('screen', wireJpeg()));
    await daemon.frames.several(1);
    clock.advance(3_600_000);
    silent.send(olderFrame('screen', wireJpeg()));
    await daemon.frames.several(2);
    expect(silent.isClosed).toBe(false);
  });
});

describe('unfinished frames', () => {
  it('beyond half-received-bytes end the connection whose frame began first', async () => {
    const { clock, daemon, picture } = await slowScene({ 'half-received-bytes': 256 * KIB });
    const hoarders: NativeClient[] = [];
    const part = wirePicture({}, wireJpeg(8, 8, 200 * KIB)).subarray(0, 32 + 100 * KIB);
    for (const name of ['first', 'second', 'third']) {
      const hoarder = await NativeClient.join(daemon.ports.screen, 'screen', { name });
      hoarders.push(hoarder);
      hoarder.send(part);
      await held(daemon, Math.min(hoarders.length, 2) * 100 * KIB);
      clock.advance(10);
    }
    await hoarders[0]?.closed;
    expect(hoarders.map(({ isClosed }) => isClosed)).toEqual([true, false, false]);
    await daemon.event('error', ({ code }) => code === 'MEET_HALF_RECEIVED');
    await picture();
  });
});

describe('a peer that does not read', () => {
  it('what it asks for is cut, before its answers fill the memory', async () => {
    // Read as fast as it sends: its answers are to meet their own bound.
    const { daemon, picture } = await slowScene({ 'small-records-per-second': 1_000_000 });
    const deaf = await NativeClient.join(daemon.ports.screen, 'screen', { name: 'deaf' });
    deaf.raw.socket.pause();
    const ping = wireControl({ type: 'ping', id: 1, sentAtUs: 1 });
    const flood = Buffer.concat(Array.from({ length: 1000 }, () => ping));
    const before = process.memoryUsage().rss;
    // Each answer is twice as long as its question: 4 MiB wait soon, in the kernel and here.
    // Some 80 rounds do; 400 are the end, so that a fault ends this test and not the machine.
    for (let sent = 0; sent < 400 && !deaf.isClosed && !deaf.raw.socket.errored; sent += 1) {
      await Promise.race([deaf.raw.sent(flood), deaf.closed]);
    }
    await daemon.event('error', ({ code }) => code === 'MEET_SLOW_PEER');
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * KIB);
    await picture();
  });
});

describe('a picture bomb', () => {
  it.each([
    ['native', (bomb: Buffer) => Buffer.concat([wirePreamble('screen'), wirePicture({}, bomb)])],
    ['older', (bomb: Buffer) => olderFrame('screen', bomb)],
  ] as const)('of %s framing is refused before anyone sees it', async (framing, bytes) => {
    const { daemon, picture } = await slowScene();
    const bomb = wireJpeg(65_535, 65_535);
    let closed: Promise<unknown>;
    if (framing === 'native') {
      const peer = await NativeClient.join(daemon.ports.screen, 'screen', { name: 'bomber' });
      peer.send(wirePicture({}, bomb));
      ({ closed } = peer);
    } else {
      const peer = await RawSocket.connect(daemon.ports.screen);
      peer.send(bytes(bomb));
      ({ closed } = peer);
    }
    await closed;
    const event = await daemon.event('error', ({ code }) => code === 'MEET_PICTURE_TOO_LARGE');
    expect(event).toMatchObject({
      message: expect.stringContaining('65535x65535, limit is 7680x4320') as unknown,
    });
    expect(daemon.frames.entries).toEqual([]);
    await picture();
  });
});
