import { describe, expect, it } from 'vitest';
import { ManualClock } from '../setup/manual-clock.js';
import type { WireAnswer } from '../setup/native-client.js';
import { NativeClient, newSession } from '../setup/native-client.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { wireJpeg, wirePicture, wirePreamble } from '../setup/wire.js';

const HOUR_US = 3_600_000_000;
const U32_MAX = 2 ** 32 - 1;

describe('frames that the publisher numbered but that did not come', () => {
  it('are counted, and told with the frame after them', async () => {
    const daemon = await RunningDaemon.start();
    const client = await NativeClient.join(daemon.ports.screen, 'screen');
    for (const sequence of [0, 1, 5, 6, 10]) client.sendPicture({ sequence });
    const frames = await daemon.frames.several(5);
    expect(frames.map(({ lost }) => lost)).toEqual([0, 0, 3, 0, 3]);
    expect(daemon.row()).toMatchObject({ frames: 5, lost: 6 });
  });

  it('are counted across the end of the numbers', async () => {
    const daemon = await RunningDaemon.start();
    const client = await NativeClient.join(daemon.ports.screen, 'screen');
    for (const sequence of [U32_MAX - 1, U32_MAX, 0, 2]) client.sendPicture({ sequence });
    const frames = await daemon.frames.several(4);
    expect(frames.map(({ lost }) => lost)).toEqual([0, 0, 0, 1]);
  });

  it('are counted from nextSequence for a publisher that was never here', async () => {
    const daemon = await RunningDaemon.start();
    const client = await NativeClient.join(daemon.ports.screen, 'screen', { nextSequence: 100 });
    client.sendPicture({ sequence: 130 });
    const [frame] = await daemon.frames.several(1);
    expect(frame?.lost).toBe(30);
  });

  it('are counted from what came last for a publisher that returns, whatever it says', async () => {
    const daemon = await RunningDaemon.start();
    const session = newSession();
    const first = await NativeClient.join(daemon.ports.screen, 'screen', { session });
    for (const sequence of [0, 1, 2]) first.sendPicture({ sequence });
    await daemon.frames.several(3);
    first.raw.reset();
    await first.closed;
    // 3 to 7 were under way on the connection that broke; 8 and 9 never went out.
    const again = await NativeClient.join(daemon.ports.screen, 'screen', {
      session,
      nextSequence: 8,
    });
    again.sendPicture({ sequence: 10 });
    const frames = await daemon.frames.several(4);
    expect(frames[3]?.lost).toBe(7);
    expect(daemon.row()).toMatchObject({ frames: 4, lost: 7 });
  });

  it('are none when a publisher begins to count anew', async () => {
    const daemon = await RunningDaemon.start();
    const client = await NativeClient.join(daemon.ports.screen, 'screen');
    for (const sequence of [500, 501, 0, 1]) client.sendPicture({ sequence });
    await daemon.frames.several(4);
    expect(daemon.row().lost).toBe(0);
  });
});

describe('the age of a frame', () => {
  it.each([HOUR_US, -HOUR_US])(
    'is right for a publisher whose clock is %i us ahead, from the first pong on',
    async (aheadUs) => {
      const clock = new ManualClock();
      const daemon = await RunningDaemon.start({ clock });
      const wallUs = (): number => clock.wallUs() + aheadUs;
      const client = await NativeClient.join(daemon.ports.screen, 'screen', {}, { wallUs });
      await client.answer('ping');
      for (const ageMs of [0, 40, 250]) {
        const capturedAtUs = wallUs();
        clock.advance(ageMs);
        client.sendPicture({ capturedAtUs });
        await client.settled();
      }
      const frames = await daemon.frames.several(3);
      const relayed = frames.map(({ frame }) => frame.record.readUInt32BE(28));
      expect(relayed).toEqual([0, 40_000, 250_000]);
      expect(daemon.row().ageMs).toEqual({ p50: 40, p95: 250, p99: 250 });
      expect(frames[0]?.frame.record.readUInt32BE(4)).toBe(1);
    },
  );

  it('is not guessed before the first pong: left out, and not stamped', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const client = await NativeClient.connect(daemon.ports.screen, 'screen');
    const capturedAtUs = clock.wallUs() - HOUR_US;
    const early = wirePicture({ capturedAtUs, relayedAfterUs: 77 }, wireJpeg());
    client.send(wirePreamble('screen'), client.hello(), early);
    const [frame] = await daemon.frames.several(1);
    expect(frame?.frame.record.readUInt32BE(28)).toBe(0);
    expect(daemon.row()).not.toHaveProperty('ageMs');

    const ping = await client.answer('ping');
    const at = capturedAtUs;
    client.sendControl({ ...ping, type: 'pong', receivedAtUs: at, answeredAtUs: at });
    client.sendPicture({ sequence: 1, capturedAtUs });
    await daemon.frames.several(2);
    expect(daemon.row().ageMs).toEqual({ p50: 0, p95: 0, p99: 0 });
  });

  it('is never below zero, whatever the publisher says of its time', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const wallUs = (): number => clock.wallUs();
    const client = await NativeClient.join(daemon.ports.screen, 'screen', {}, { wallUs });
    await client.answer('ping');
    client.sendPicture({ capturedAtUs: 2 ** 53 - 1 });
    client.sendPicture({ sequence: 1, capturedAtUs: 0 });
    const frames = await daemon.frames.several(2);
    expect(frames.map(({ frame }) => frame.record.readUInt32BE(28))).toEqual([0, U32_MAX]);
    expect(daemon.row().ageMs?.p50).toBe(0);
  });
});

describe('pings', () => {
  it('go out five times at first, then each 10 s, and name the daemon’s time', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const wallUs = (): number => clock.wallUs();
    const client = await NativeClient.join(daemon.ports.screen, 'screen', {}, { wallUs });
    const pinged = (count: number): Promise<WireAnswer[]> =>
      client.answers.several(count, ({ type }) => type === 'ping');
    // The first ones follow each other at once.
    await pinged(5);
    for (let count = 6; count <= 9; count += 1) {
      await client.settled();
      clock.advance(10_000);
      const pings = await pinged(count);
      expect(pings.at(-1)).toMatchObject({ id: count, sentAtUs: clock.wallUs() });
    }
    expect(client.isClosed).toBe(false);
  });

  it('that stay unanswered three times end the connection, and the stream stalls', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const client = await NativeClient.join(daemon.ports.screen, 'screen');
    client.sendPicture();
    await daemon.frames.several(1);
    clock.advance(29_900);
    await client.settled();
    expect(client.answers.entries.filter(({ type }) => type === 'ping').length).toBe(3);
    client.sendPicture({ sequence: 1 });
    await daemon.frames.several(2);
    clock.advance(200);
    await client.closed;
    const words = 'the peer answered none of the last 3 pings';
    await daemon.event(
      'error',
      ({ code, message }) => code === 'MEET_PEER_GONE' && message === words,
    );
    await daemon.event('stream', ({ state, reason }) => state === 'stalled' && reason === words);
    expect(daemon.names).toEqual(['kiosk']);
  });
});
