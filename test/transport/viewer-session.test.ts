import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/transport/clock.js';
import { systemClock } from '../../src/transport/clock.js';
import type { ViewerSession } from '../../src/transport/viewer-session.js';
import { NativeClient } from '../setup/native-client.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { wireJpeg } from '../setup/wire.js';
import { heldBack, passage, watch } from './watching.js';

const HOUR_US = 3_600_000_000;
/** The machine may be busy. */
const PATIENT = { timeout: 20_000 };

function offBy(offsetUs: number): Clock {
  return { ...systemClock, wallUs: () => systemClock.wallUs() + offsetUs };
}

describe('the age of a frame, as a viewer tells it', () => {
  it.each([
    ['an hour ahead', HOUR_US, 0],
    ['an hour behind', -HOUR_US, 0],
    ['right, and the viewer is half an hour behind', 0, -HOUR_US / 2],
    ['an hour ahead, and the viewer is an hour behind', HOUR_US, -HOUR_US],
  ])("is right within a few ms though the publisher's clock is %s", async (...row) => {
    const [, publisherOffUs, viewerOffUs] = row;
    const daemon = await RunningDaemon.start({ limits: { 'ping-ms': 20 } });
    const theirs = offBy(publisherOffUs);
    const sender = await NativeClient.join(
      daemon.ports.screen,
      'screen',
      {},
      { wallUs: () => theirs.wallUs() },
    );
    await sender.answers.several(5, ({ type }) => type === 'ping');
    const { frames } = await watch({ ports: daemon.ports, clock: offBy(viewerOffUs) });
    const tell = async (sequence: number): Promise<{ error: number; ageMs: number }> => {
      const sentMs = performance.now();
      sender.sendPicture({ sequence, capturedAtUs: theirs.wallUs() - 40_000 }, wireJpeg());
      const { ageMs, atMs } = await frames.first((frame) => frame.sequence === sequence);
      return { error: Math.abs(ageMs - 40 - (atMs - sentMs)), ageMs };
    };
    // The very first may come before the answer to the viewer's first ping; never is it far off.
    expect((await tell(0)).error).toBeLessThan(1000);
    // A busy machine delays single frames, and the pings that the clocks were told by, of which more
    // come, ten a second; a wrong clock would be wrong for all of them.
    let least = Infinity;
    for (let sequence = 1; least >= 5 && sequence <= 50; sequence += 1) {
      least = Math.min(least, (await tell(sequence)).error);
      await sender.answer('ping', sender.answers.entries.length);
    }
    expect(least).toBeLessThan(5);
  });

  it('is that at the daemon while the clock of the daemon is not known', async () => {
    const daemon = await RunningDaemon.start();
    const sender = await NativeClient.join(
      daemon.ports.screen,
      'screen',
      {},
      { wallUs: () => systemClock.wallUs() },
    );
    await sender.answer('ping');
    sender.sendPicture({ capturedAtUs: systemClock.wallUs() - 90_000 }, wireJpeg());
    await sender.settled();
    // The newest picture comes with the welcome, before any ping is answered.
    const { frames } = await watch({ ports: daemon.ports, clock: offBy(HOUR_US) });
    const [first] = await frames.several(1);
    expect(first?.ageMs).toBe(first?.relayedAfterMs);
    expect(first?.ageMs).toBeGreaterThan(85);
  });
});

describe('a viewer session', () => {
  it('knows the roster from the welcome on, and each change of it', async () => {
    const daemon = await RunningDaemon.start();
    await NativeClient.join(daemon.ports.screen, 'screen', { name: 'early' });
    const { viewer, rosters } = await watch({ ports: daemon.ports });
    expect(viewer.roster.map(({ name }) => name)).toEqual(['early', 'viewer']);
    expect(viewer.welcome).toMatchObject({ participant: 2, room: 'main' });
    const late = await NativeClient.join(daemon.ports.video, 'video', { name: 'late' });
    await rosters.first((roster) => roster.some(({ name }) => name === 'late'));
    late.sendControl({ type: 'bye', reason: 'done' });
    const from = rosters.entries.length;
    await rosters.first((roster) => roster.every(({ name }) => name !== 'late'), from);
  });

  it('keeps the newer roster where the welcome of another connection comes late', async () => {
    const daemon = await RunningDaemon.start();
    const audio = await heldBack(daemon.ports.audio);
    let viewer: ViewerSession | undefined;
    const watching = watch({
      ports: { ...daemon.ports, audio: audio.port },
      kinds: ['screen', 'audio'],
      before: (session) => {
        viewer = session;
      },
    });
    await audio.texts.first((text) => text.includes('"welcome"'));
    await expect.poll(() => viewer?.roster.length, PATIENT).toBe(1);
    await NativeClient.join(daemon.ports.screen, 'screen', { name: 'ada' });
    await expect.poll(() => viewer?.roster.length, PATIENT).toBe(2);
    audio.release();
    const { opened } = await watching;
    await opened.first((kind) => kind === 'audio');
    expect(viewer?.roster.map(({ name }) => name)).toEqual(['viewer', 'ada']);
  });

  it('has a roster that comes in several records as one', async () => {
    const daemon = await RunningDaemon.start({ limits: { 'connections-per-address': 256 } });
    const reason = 'a reason as long as any may be '.repeat(20);
    for (let at = 0; at < 120; at += 1) {
      const client = await NativeClient.join(daemon.ports.screen, 'screen', {
        name: `kiosk ${at}`,
      });
      client.sendControl({ type: 'stream', state: 'stalled', reason });
      if (at === 119) await client.settled();
    }
    const { rosters } = await watch({ ports: daemon.ports });
    await rosters.first((roster) => roster.length === 121);
    expect(rosters.entries.map(({ length }) => length)).not.toContain(0);
    expect(Math.min(...rosters.entries.map(({ length }) => length))).toBe(121);
  });

  it('wants nothing but what it selected before it started', async () => {
    const daemon = await RunningDaemon.start();
    const one = await NativeClient.join(daemon.ports.screen, 'screen', { name: 'one' });
    const two = await NativeClient.join(daemon.ports.screen, 'screen', { name: 'two' });
    const { viewer, frames } = await watch({
      ports: daemon.ports,
      before: (session) => {
        session.select('screen', [2]);
      },
    });
    await two.answers.first(({ wanted }) => wanted === true);
    for (const client of [one, two]) client.sendPicture({}, wireJpeg());
    await frames.several(1);
    await one.settled();
    const told = one.answers.entries.filter(({ type }) => type === 'want');
    expect(told.map(({ wanted }) => wanted)).toEqual([false]);
    viewer.select('screen', [1, 2]);
    await one.answers.first(({ wanted }) => wanted === true);
    await frames.first(({ participant }) => participant === 1);
    expect(frames.entries.map(({ participant }) => participant)).toEqual([2, 1]);
  });

  it('gets what it selected while its other connections were still being made', async () => {
    const daemon = await RunningDaemon.start();
    const sender = await NativeClient.join(daemon.ports.video, 'video', { name: 'one' });
    const none = (session: ViewerSession): void => {
      for (const kind of ['screen', 'video'] as const) session.select(kind, []);
    };
    for (let round = 1; round <= 5; round += 1) {
      const { viewer, frames } = await watch({
        ports: daemon.ports,
        kinds: ['screen', 'video'],
        before: none,
        onFirstRoster: (session) => {
          session.select('video', [1]);
        },
      });
      await sender.answers.several(2 * round, ({ type }) => type === 'want');
      sender.sendPicture({ sequence: round }, wireJpeg());
      await frames.first(({ sequence }) => sequence === round);
      await viewer.close();
      await sender.answers.several(2 * round + 1, ({ type }) => type === 'want');
    }
  });

  it('hears what is said once, though it has three connections, and says and waves', async () => {
    const daemon = await RunningDaemon.start();
    const { viewer, chats, rosters } = await watch({
      ports: daemon.ports,
      kinds: ['screen', 'video', 'audio'],
    });
    viewer.chat('hello');
    viewer.chat('again');
    const two = await chats.several(2);
    expect(two.map(({ text }) => text)).toEqual(['hello', 'again']);
    viewer.raiseHand(true);
    await rosters.first((roster) => roster[0]?.hand === true);
    viewer.raiseHand(false);
    await rosters.first((roster) => roster[0]?.hand === false, rosters.entries.length);
    expect(chats.entries.length).toBe(2);
  });

  it('still hears when the connection is lost on which it heard before', async () => {
    const daemon = await RunningDaemon.start();
    const way = await passage(daemon.ports.screen);
    const { viewer, chats, lost, rosters } = await watch({
      ports: { ...daemon.ports, screen: way.port },
      kinds: ['screen', 'video'],
    });
    const speaker = await NativeClient.join(daemon.ports.audio, 'audio', { name: 'speaker' });
    speaker.sendControl({ type: 'chat', text: 'first' });
    await chats.several(1);
    way.close();
    await lost.several(1);
    speaker.sendControl({ type: 'chat', text: 'second' });
    await chats.several(2);
    speaker.sendControl({ type: 'hand', up: true });
    await rosters.first((roster) => roster.some(({ hand }) => hand));
    expect(viewer.connected).toBe(true);
    expect(chats.entries.map(({ text }) => text)).toEqual(['first', 'second']);
  });

  it('comes back to a daemon that was started anew, with its selection', async () => {
    const first = await RunningDaemon.start();
    const { viewer, lost, opened, frames } = await watch({ ports: first.ports });
    viewer.select('screen', [1]);
    const { ports } = first;
    await first.daemon.close('a new version is installed');
    const [fault] = await lost.several(1);
    expect(fault).toMatchObject({ code: 'MEET_DRAINING' });
    const second = await RunningDaemon.start({ ports });
    const sender = await NativeClient.join(second.ports.screen, 'screen', { name: 'one' });
    await opened.several(2);
    await sender.answers.first(({ wanted }) => wanted === true);
    sender.sendPicture({ sequence: 7 }, wireJpeg());
    await frames.first(({ sequence }) => sequence === 7);
    const other = await NativeClient.join(second.ports.screen, 'screen', { name: 'two' });
    expect((await other.answer('want')).wanted).toBe(false);
  });

  it('ends for good when the host sends it away', async () => {
    const daemon = await RunningDaemon.start();
    const { viewer } = await watch({ ports: daemon.ports });
    const [participant] = daemon.daemon.hub.participants;
    if (participant === undefined) throw new Error('nobody is there');
    daemon.daemon.kick(participant);
    await expect(viewer.finished()).rejects.toMatchObject({ code: 'MEET_NOT_ADMITTED' });
    expect(viewer.connected).toBe(false);
  });

  it('says why it could not start, and may be closed twice', async () => {
    const daemon = await RunningDaemon.start();
    const { ports } = daemon;
    await daemon.daemon.close('gone');
    await expect(watch({ ports })).rejects.toMatchObject({ code: 'MEET_UNREACHABLE' });
    const other = await RunningDaemon.start();
    const { viewer } = await watch({ ports: other.ports });
    await Promise.all([viewer.close(), viewer.close()]);
    await viewer.close();
    await expect.poll(() => other.names, PATIENT).toEqual([]);
  });
});
