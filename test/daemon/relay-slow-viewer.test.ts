import { describe, expect, it } from 'vitest';
import { ManualClock } from '../setup/manual-clock.js';
import type { NativeClient } from '../setup/native-client.js';
import { RunningDaemon, eventsNamed } from '../setup/running-daemon.js';
import { wirePicture, wireSamples, wireSound } from '../setup/wire.js';
import { got, passed, publisher, sendPictures, slowViewer, viewer } from './relay-scene.js';

const KIB = 1024;
const SOUND_FORMAT = { codec: 'pcm-s16le', sampleRateHz: 48_000, channels: 1 };

/** Two pictures may be under way, and those of a round trip, which takes no time here. */
const WINDOW = 2;

async function slowScene() {
  const clock = new ManualClock();
  const daemon = await RunningDaemon.start({ clock, limits: { 'stalled-ms': 1000 } });
  const sender = await publisher(daemon);
  const healthy = await viewer(daemon, { name: 'healthy' });
  return { clock, daemon, sender, healthy };
}

function acknowledge(client: NativeClient, sequence: number, source = 1): void {
  client.sendControl({ type: 'ack', sequence, source });
}

describe('a viewer that acknowledges', () => {
  it('has two pictures under way, and then the newest, never an older one', async () => {
    const { daemon, sender, healthy } = await slowScene();
    const slow = await slowViewer(daemon);
    sendPictures(sender, 0, 50);
    await passed(sender, slow, healthy);
    expect(got(slow)).toEqual(['1/0', '1/1']);
    acknowledge(slow, 1);
    await passed(slow);
    expect(got(slow)).toEqual(['1/0', '1/1', '1/50']);
    expect(healthy.media.entries.length).toBe(51);
  });

  it('is pinged before its first picture, whose time on a slow link is none of the round trip', async () => {
    const { daemon, sender } = await slowScene();
    sendPictures(sender, 0, 0);
    await passed(sender);
    const late = await slowViewer(daemon, { name: 'late' });
    const { answersBefore } = await late.media.first(() => true);
    const before = late.answers.entries.slice(0, answersBefore).map(({ type }) => type);
    expect(before.slice(0, 2)).toEqual(['welcome', 'ping']);
  });

  it('has a window of its own for each stream', async () => {
    const { daemon, sender } = await slowScene();
    const other = await publisher(daemon, { name: 'other' });
    const slow = await slowViewer(daemon);
    const source = Number((await other.answer('welcome')).participant);
    sendPictures(sender, 0, 9);
    sendPictures(other, 0, 9);
    await passed(sender, other, slow);
    expect(slow.media.entries.length).toBe(2 * WINDOW);
    acknowledge(slow, 0, source);
    await passed(slow);
    expect(got(slow).slice(2 * WINDOW)).toEqual([`${source}/9`]);
  });

  it('keeps a picture that waits when unchanged records follow it', async () => {
    const { daemon, sender } = await slowScene();
    const slow = await slowViewer(daemon);
    sendPictures(sender, 0, 2);
    sender.send(wirePicture({ sequence: 3 }), wirePicture({ sequence: 4 }));
    await passed(sender, slow);
    acknowledge(slow, 1);
    await passed(slow);
    expect(got(slow)).toEqual(['1/0', '1/1', '1/2']);
    sender.send(wirePicture({ sequence: 5 }));
    await passed(sender, slow);
    expect(got(slow).at(-1)).toBe('1/5=');
  });

  it('hears the newest 200 ms of sound, in order, after it was away', async () => {
    const daemon = await RunningDaemon.start({ clock: new ManualClock() });
    const format = { hello: { format: SOUND_FORMAT } };
    const sender = await publisher(daemon, { kind: 'audio', ...format });
    const slow = await slowViewer(daemon, { kind: 'audio' });
    const send = (from: number, to: number): void => {
      for (let sequence = from; sequence <= to; sequence += 1) {
        sender.send(wireSound({ sequence }, wireSamples(960)));
      }
    };
    send(0, 99);
    await passed(sender, slow);
    // 10 chunks and two of the round trip are under way; the newest 10 wait.
    expect(got(slow).length).toBe(12);
    acknowledge(slow, 11);
    await passed(slow);
    const after = slow.media.entries.slice(12).map(({ sequence }) => sequence);
    expect(after).toEqual(Array.from({ length: 10 }, (_, at) => 90 + at));
  });
});

describe('a viewer that takes nothing', () => {
  it('is cut off after stalled-ms, and others have not missed a frame', async () => {
    const { clock, daemon, sender, healthy } = await slowScene();
    const stuck = await slowViewer(daemon, { name: 'stuck' });
    sendPictures(sender, 0, WINDOW);
    await passed(sender, stuck);
    clock.advance(1000);
    sendPictures(sender, WINDOW + 1, WINDOW + 1);
    await passed(sender, stuck);
    expect(stuck.isClosed).toBe(false);
    clock.advance(200);
    await stuck.closed;
    const [fault] = eventsNamed(daemon, 'error');
    expect(fault).toMatchObject({ code: 'MEET_SLOW_PEER' });
    expect(fault?.message).toBe('stuck took nothing for 1000 ms (--limit stalled-ms=MS)');
    sendPictures(sender, 10, 20);
    await passed(sender, healthy);
    expect(healthy.isClosed).toBe(false);
    expect(healthy.media.entries.length).toBe(WINDOW + 2 + 11);
  });

  it('is cut off too when it has not said that it acknowledges', async () => {
    const { clock, daemon, sender } = await slowScene();
    const stuck = await viewer(daemon, { name: 'stuck' });
    stuck.raw.socket.pause();
    // What the kernel takes for it is no progress of its own; then one is written and one waits.
    for (let sequence = 0; sequence < 40; sequence += 1) {
      sendPictures(sender, sequence, sequence, 512 * KIB);
      await passed(sender);
    }
    clock.advance(1200);
    await daemon.event('error', ({ code }) => code === 'MEET_SLOW_PEER');
  });

  it('is not cut off while nothing waits for it, nor while it makes progress', async () => {
    const { clock, daemon, sender } = await slowScene();
    const idle = await slowViewer(daemon, { name: 'idle' });
    const slow = await slowViewer(daemon, { name: 'slow' });
    sendPictures(sender, 0, WINDOW - 1);
    await passed(sender, slow);
    acknowledge(idle, WINDOW - 1);
    for (let round = 0; round < 5; round += 1) {
      sendPictures(sender, WINDOW + 2 * round, WINDOW + 2 * round + 1);
      await passed(sender, slow, idle);
      for (const client of [idle, slow])
        acknowledge(client, client.media.entries.at(-1)?.sequence ?? 0);
      await passed(slow, idle);
      clock.advance(900);
    }
    clock.advance(5000);
    await passed(slow, idle);
    expect([idle.isClosed, slow.isClosed]).toEqual([false, false]);
  });
});

describe('many streams over one socket', () => {
  it('wait one picture each in this process when the viewer does not read, and it is not cut', async () => {
    const clock = new ManualClock();
    const limits = { 'connections-per-address': 64 };
    const daemon = await RunningDaemon.start({ clock, limits });
    const senders = await Promise.all(
      Array.from({ length: 24 }, (_, at) => publisher(daemon, { name: `kiosk ${at}` })),
    );
    const watcher = await viewer(daemon);
    watcher.raw.socket.pause();
    // The kernel takes some megabytes; after that 24 pictures of 400 KiB would be too much to write.
    for (let sequence = 0; sequence < 4; sequence += 1) {
      for (const sender of senders) sendPictures(sender, sequence, sequence, 400 * KIB);
      await passed(...senders);
    }
    clock.advance(200);
    expect(watcher.isClosed).toBe(false);
    expect(eventsNamed(daemon, 'error')).toEqual([]);
    watcher.raw.socket.resume();
    // All have their turn: the newest picture of each comes, and never an older one after it.
    await Promise.all(
      senders.map((_, at) =>
        watcher.media.first(({ source, sequence }) => source === at + 1 && sequence === 3),
      ),
    );
    for (let source = 1; source <= senders.length; source += 1) {
      const own = watcher.media.entries.filter((frame) => frame.source === source);
      const sequences = own.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    }
  });
});
