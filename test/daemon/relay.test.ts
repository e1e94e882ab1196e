import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ManualClock } from '../setup/manual-clock.js';
import { newSession } from '../setup/native-client.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { wireJpeg, wirePicture, wireSamples, wireSound } from '../setup/wire.js';
import { got, passed, publisher, sendPictures, viewer } from './relay-scene.js';

const SOUND_FORMAT = { codec: 'pcm-s16le', sampleRateHz: 48_000, channels: 1 };

setFlagsFromString('--expose-gc');
const collectGarbage = z
  .custom<() => void>((value) => typeof value === 'function', 'V8 has no gc')
  .parse(runInNewContext('gc'));

/** Bytes of buffers that something holds: what only waits to be collected is collected before. */
function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

describe('a frame that is relayed', () => {
  it('is what the publisher sent, byte for byte, but for source and relayed after', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    await publisher(daemon, { name: 'first' });
    const sender = await publisher(daemon);
    // A daemon that knows the publisher's clock says how old the frame was when it came.
    const ping = await sender.answer('ping');
    const { id, sentAtUs } = ping;
    const at = clock.wallUs() + 7_200_000_000;
    sender.sendControl({ type: 'pong', id, sentAtUs, receivedAtUs: at, answeredAtUs: at });
    const one = await viewer(daemon);
    const other = await viewer(daemon);
    const payload = wireJpeg(640, 480, 70_000);
    const capturedAtUs = at - 12_345;
    const fields = { sequence: 41, capturedAtUs, encodedAfterUs: 2850 };
    sender.sendPicture(fields, payload);
    const expected = wirePicture({ ...fields, source: 2, relayedAfterUs: 12_345 }, payload);
    for (const client of [one, other]) {
      const [frame] = await client.media.several(1);
      expect(frame?.record).toEqual(expected);
    }
    // Nobody copies it: the buffer that the hub has is the one that was stamped.
    const [kept] = await daemon.frames.several(1);
    expect(kept?.frame.record).toEqual(expected);
  });

  it('has 0 for relayed after while the clock of its publisher is not known', async () => {
    const daemon = await RunningDaemon.start();
    const sender = await publisher(daemon);
    const watcher = await viewer(daemon);
    sender.sendPicture({ capturedAtUs: 5 });
    const [frame] = await watcher.media.several(1);
    expect(frame).toMatchObject({ source: 1, relayedAfterUs: 0, capturedAtUs: 5 });
  });

  it('is an unchanged record too, and sound', async () => {
    const daemon = await RunningDaemon.start();
    const session = newSession();
    const screen = await publisher(daemon, { session });
    const audio = await publisher(daemon, {
      session,
      kind: 'audio',
      hello: { format: SOUND_FORMAT },
    });
    const eyes = await viewer(daemon);
    const ears = await viewer(daemon, { kind: 'audio' });
    screen.send(wirePicture({ sequence: 0 }, wireJpeg()), wirePicture({ sequence: 1 }));
    audio.send(wireSound({ sequence: 0 }, wireSamples(960)));
    await eyes.media.several(2);
    await ears.media.several(1);
    expect(got(eyes)).toEqual(['1/0', '1/1=']);
    expect(ears.media.entries[0]?.payload).toEqual(wireSamples(960));
  });

  it('costs its memory once, however many viewers do not take it', async () => {
    const limits = { 'connections-per-address': 64 };
    const daemon = await RunningDaemon.start({ limits, keepsFrames: false });
    const sender = await publisher(daemon);
    const viewers = await Promise.all(
      Array.from({ length: 24 }, (_, at) => viewer(daemon, { name: `deaf-${at}` })),
    );
    for (const { raw } of viewers) raw.socket.pause();
    const megabyte = 1024 * 1024;
    const before = heldBytes();
    for (let sequence = 0; sequence < 12; sequence += 1) {
      sender.sendPicture({ sequence }, wireJpeg(64, 48, 3 * megabyte));
      await passed(sender);
    }
    // A copy for each viewer would be 24 times one picture in flight and one that waits: 144 MB. What
    // is collected is given back by a thread of its own, later on a busy machine.
    await expect
      .poll(() => (heldBytes() - before) / megabyte, { timeout: 10_000 })
      .toBeLessThan(60);
    expect(viewers.filter(({ isClosed }) => isClosed)).toEqual([]);
  });
});

describe('a viewer', () => {
  it('that comes late has the newest picture of each stream at once', async () => {
    const daemon = await RunningDaemon.start();
    const first = await publisher(daemon, { name: 'first' });
    const second = await publisher(daemon, { name: 'second' });
    sendPictures(first, 0, 4);
    first.send(wirePicture({ sequence: 5 }));
    sendPictures(second, 0, 1);
    await passed(first, second);
    const late = await viewer(daemon);
    await passed(late);
    expect(got(late).sort()).toEqual(['1/4', '2/1']);
  });

  it('that comes late hears no old sound', async () => {
    const daemon = await RunningDaemon.start();
    const sender = await publisher(daemon, { kind: 'audio', hello: { format: SOUND_FORMAT } });
    sender.send(wireSound({ sequence: 0 }, wireSamples(960)));
    await passed(sender);
    const late = await viewer(daemon, { kind: 'audio' });
    sender.send(wireSound({ sequence: 1 }, wireSamples(960)));
    await late.media.several(1);
    expect(got(late)).toEqual(['1/1']);
  });

  it('sees others of its session, but not itself', async () => {
    const daemon = await RunningDaemon.start();
    const session = newSession();
    const own = await publisher(daemon, { session, name: 'me' });
    const other = await publisher(daemon, { name: 'you' });
    const me = await viewer(daemon, { session });
    expect(await me.answer('welcome')).toMatchObject({ participant: 1, name: 'me' });
    sendPictures(own, 0, 2);
    sendPictures(other, 0, 2);
    await passed(own, other, me);
    expect(got(me)).toEqual(['2/0', '2/1', '2/2']);
    expect(daemon.names).toEqual(['me', 'you']);
  });

  it('sees nobody of another room, nor of another kind', async () => {
    const daemon = await RunningDaemon.start();
    const lab = await publisher(daemon, { room: 'lab' });
    const video = await publisher(daemon, { kind: 'video' });
    const watcher = await viewer(daemon);
    sendPictures(lab, 0, 1);
    sendPictures(video, 0, 1);
    await passed(lab, video, watcher);
    expect(got(watcher)).toEqual([]);
  });

  it('is told when somebody comes, is on, turns off, raises a hand and leaves', async () => {
    const daemon = await RunningDaemon.start();
    const watcher = await viewer(daemon);
    const sender = await publisher(daemon, { name: 'lab 7' });
    const roster = (fields: object): Promise<unknown> =>
      watcher.answers.first(
        (answer) =>
          answer.type === 'roster' &&
          JSON.stringify(answer).includes(JSON.stringify(fields).slice(1, -1)),
      );
    await roster({ name: 'lab 7' });
    sendPictures(sender, 0, 0);
    await roster({ kind: 'screen', self: 'on' });
    sender.sendControl({ type: 'stream', state: 'off', reason: 'lunch' });
    await roster({ kind: 'screen', self: 'off' });
    await roster({ reason: 'lunch' });
    sender.sendControl({ type: 'hand', up: true });
    await roster({ hand: true });
    const before = watcher.answers.entries.length;
    sender.sendControl({ type: 'bye', reason: 'home' });
    const last = await watcher.answer('roster', before);
    expect(JSON.stringify(last)).not.toContain('lab 7');
  });

  it('has a roster of a hundred participants in records that it may take', async () => {
    const daemon = await RunningDaemon.start({ limits: { 'connections-per-address': 256 } });
    const session = newSession();
    const reason = 'a reason as long as any may be '.repeat(20);
    for (let at = 0; at < 100; at += 1) {
      const sender = await publisher(daemon, { name: `kiosk ${at}` });
      sender.sendControl({ type: 'stream', state: 'stalled', reason });
    }
    const watcher = await viewer(daemon, { session });
    const welcome = await watcher.answer('welcome');
    expect(welcome.more).toBe(true);
    await watcher.answers.first((answer) => answer.type === 'roster' && answer.more === undefined);
    const records = watcher.answers.entries.filter(({ type }) => type === 'roster');
    const first = records.slice(0, records.findIndex(({ more }) => more === undefined) + 1);
    const names = new Set(JSON.stringify(first).match(/kiosk \d+/g));
    expect(names.size).toBe(100);
    const longest = Math.max(...[welcome, ...records].map((each) => JSON.stringify(each).length));
    expect(longest).toBeLessThan(64 * 1024);
  });
});
