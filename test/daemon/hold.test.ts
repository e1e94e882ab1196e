import { describe, expect, it } from 'vitest';
import type { Participant, Stream } from '../../src/daemon/participant.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { ManualClock } from '../setup/manual-clock.js';
import { NativeClient, newSession } from '../setup/native-client.js';
import { RawSocket } from '../setup/raw-socket.js';
import { RunningDaemon, eventsNamed } from '../setup/running-daemon.js';
import { olderFrame, wireJpeg, wirePreamble } from '../setup/wire.js';
import { got, passed, publisher, sendPictures, slowViewer, viewer } from './relay-scene.js';

function only({ daemon }: RunningDaemon): Participant {
  const [participant, ...others] = daemon.hub.participants;
  if (participant === undefined || others.length > 0) throw new Error('not one participant');
  return participant;
}

/** The states of the only participant's stream, as its roster entry has them. */
function states(daemon: RunningDaemon, kind: StreamKind = 'screen') {
  const stream = only(daemon).streams.get(kind);
  if (stream === undefined) throw new Error(`no ${kind} stream`);
  const { self, selfSinceUs, host, hostSinceUs } = stream;
  return { self, selfSinceUs, host, hostSinceUs };
}

async function scene() {
  const clock = new ManualClock();
  const daemon = await RunningDaemon.start({ clock });
  const sender = await publisher(daemon);
  sendPictures(sender, 0, 0);
  await passed(sender);
  return { clock, daemon, sender, hub: daemon.daemon.hub };
}

describe('a stream that is off by itself and off by the host', () => {
  it('has two states with their times, and neither undoes the other', async () => {
    const { clock, daemon, sender, hub } = await scene();
    const atUs = clock.wallUs();
    clock.advance(1000);
    hub.hold(only(daemon), 'screen', true);
    clock.advance(1000);
    sender.sendControl({ type: 'stream', state: 'off' });
    await passed(sender);
    expect(states(daemon)).toEqual({
      ...{ self: 'off', selfSinceUs: atUs + 2_000_000 },
      ...{ host: 'off', hostSinceUs: atUs + 1_000_000 },
    });
    sender.sendControl({ type: 'stream', state: 'on' });
    await passed(sender);
    expect(states(daemon)).toMatchObject({ self: 'on', host: 'off' });
    expect(daemon.row()).toMatchObject({ state: 'off', by: 'host' });
    sender.sendControl({ type: 'stream', state: 'off' });
    await passed(sender);
    hub.hold(only(daemon), 'screen', false);
    expect(states(daemon)).toMatchObject({ self: 'off', host: 'on' });
    expect(daemon.row()).toMatchObject({ state: 'off', by: 'self' });
  });

  it('keeps its time when it is stopped twice, and says that nothing changed', async () => {
    const { clock, daemon, sender, hub } = await scene();
    expect(hub.hold(only(daemon), 'screen', true)).toBe(true);
    const since = states(daemon).hostSinceUs;
    const events = eventsNamed(daemon, 'stream').length;
    clock.advance(5000);
    expect(hub.hold(only(daemon), 'screen', true)).toBe(false);
    await passed(sender);
    expect(states(daemon).hostSinceUs).toBe(since);
    expect(eventsNamed(daemon, 'stream').length).toBe(events);
    const told = sender.answers.entries.filter(({ type }) => type === 'held');
    expect(told.map(({ held }) => held)).toEqual([false, true]);
    expect(hub.hold(only(daemon), 'screen', false)).toBe(true);
    expect(hub.hold(only(daemon), 'screen', false)).toBe(false);
  });
});

describe('a stream that the host has stopped', () => {
  it('is told so to its publisher, who did it and when to viewers, and comes to nobody', async () => {
    const { daemon, sender, hub } = await scene();
    const watcher = await viewer(daemon);
    const from = watcher.answers.entries.length;
    hub.hold(
      [...hub.participants].find(({ number }) => number === 1) ?? only(daemon),
      'screen',
      true,
    );
    sendPictures(sender, 1, 9);
    await passed(sender, watcher);
    expect(got(watcher)).toEqual(['1/0']);
    expect(daemon.row()).toMatchObject({ frames: 1, dropped: 9 });
    const stopped = eventsNamed(daemon, 'stream').at(-1);
    expect(stopped).toMatchObject({ state: 'off', by: 'host' });
    expect(await sender.answers.first(({ held }) => held === true)).toMatchObject({
      type: 'held',
      held: true,
    });
    expect(watcher.answers.entries.length).toBeGreaterThanOrEqual(from);
  });

  it('shows nobody the picture from before, whether it waited or the viewer comes late', async () => {
    const { daemon, sender, hub } = await scene();
    const slow = await slowViewer(daemon);
    const [participant] = hub.participants;
    if (participant === undefined) throw new Error('nobody is there');
    sendPictures(sender, 1, 5);
    await passed(sender, slow);
    expect(got(slow)).toEqual(['1/0', '1/1']);
    hub.hold(participant, 'screen', true);
    slow.sendControl({ type: 'ack', sequence: 1, source: 1 });
    const late = await viewer(daemon);
    await passed(slow, late);
    expect(got(slow)).toEqual(['1/0', '1/1']);
    expect(got(late)).toEqual([]);
    hub.hold(participant, 'screen', false);
    const later = await viewer(daemon);
    await passed(later);
    expect(got(later)).toEqual([]);
    sendPictures(sender, 6, 6);
    await passed(sender, slow, late, later);
    expect([slow, late, later].map((each) => got(each).at(-1))).toEqual(['1/6', '1/6', '1/6']);
  });

  it('is stopped when it only comes later, and when its publisher comes back', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const session = newSession();
    const screen = await publisher(daemon, { session });
    daemon.daemon.hub.hold(only(daemon), 'video', true);
    const video = await publisher(daemon, { session, kind: 'video' });
    expect(await video.answer('held')).toMatchObject({ held: true });
    sendPictures(video, 0, 3);
    await passed(video);
    expect(daemon.frames.entries).toEqual([]);
    video.raw.reset();
    await video.closed;
    clock.advance(1000);
    const again = await publisher(daemon, { session, kind: 'video' });
    expect(await again.answer('held')).toMatchObject({ held: true });
    expect(states(daemon, 'video').host).toBe('off');
    await passed(screen);
  });
});

describe('a stream that its own user has turned off', () => {
  it('shows nobody the picture from before', async () => {
    const { daemon, sender } = await scene();
    const slow = await slowViewer(daemon);
    sendPictures(sender, 1, 5);
    sender.sendControl({ type: 'stream', state: 'off' });
    await passed(sender, slow);
    slow.sendControl({ type: 'ack', sequence: 1, source: 1 });
    const late = await viewer(daemon);
    await passed(slow, late);
    expect(got(slow)).toEqual(['1/0', '1/1']);
    expect(got(late)).toEqual([]);
  });

  it('shows the last picture all the same when its connection was lost', async () => {
    const { clock, daemon, sender } = await scene();
    const early = await viewer(daemon);
    sender.raw.reset();
    await daemon.event('stream', ({ state }) => state === 'stalled');
    clock.advance(5000);
    const late = await viewer(daemon);
    await passed(early, late);
    expect(got(early)).toEqual(['1/0']);
    expect(got(late)).toEqual(['1/0']);
  });
});

describe('a publisher that comes back with its session', () => {
  it('has its viewers still, who get its next picture', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const session = newSession();
    const first = await publisher(daemon, { session });
    const watcher = await viewer(daemon);
    sendPictures(first, 0, 2);
    await passed(first, watcher);
    first.raw.reset();
    await first.closed;
    await daemon.event('stream', ({ state }) => state === 'stalled');
    clock.advance(20_000);
    const again = await publisher(daemon, { session, hello: { nextSequence: 3 } });
    expect(await again.answer('want')).toMatchObject({ wanted: true });
    sendPictures(again, 3, 3);
    await passed(again, watcher);
    expect(got(watcher)).toEqual(['1/0', '1/1', '1/2', '1/3']);
    expect(eventsNamed(daemon, 'left')).toEqual([]);
  });
});

describe('a participant that the host sends away', () => {
  it('is gone at once with all its connections, and its session does not come in again', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const session = newSession();
    const screen = await publisher(daemon, { session });
    const eyes = await viewer(daemon, { session, kind: 'video' });
    daemon.daemon.kick(only(daemon));
    for (const client of [screen, eyes]) {
      expect(await client.answer('refused')).toMatchObject({ code: 'MEET_NOT_ADMITTED' });
      await client.closed;
    }
    expect(daemon.names).toEqual([]);
    expect(eventsNamed(daemon, 'left')).toMatchObject([{ reason: 'sent away by the host' }]);
    for (const role of ['publish', 'subscribe']) {
      const again = await NativeClient.connect(daemon.ports.screen, 'screen');
      again.send(wirePreamble('screen'), again.hello({ session, role }));
      expect(await again.answer('refused')).toMatchObject({ code: 'MEET_NOT_ADMITTED' });
    }
    expect(daemon.names).toEqual([]);
    // Another session is another matter: only an identity could tell that it is the same person.
    await publisher(daemon);
    expect(daemon.names).toEqual(['publish']);
  });

  it('is told of no stream after it has left', async () => {
    const { daemon, sender } = await scene();
    daemon.daemon.kick(only(daemon));
    await sender.closed;
    const after = await publisher(daemon, { name: 'another' });
    await passed(after);
    const kinds = daemon.events.entries.map(({ event }) => event);
    expect(kinds.slice(kinds.indexOf('left') + 1)).not.toContain('stream');
  });
});

async function olderClient(daemon: RunningDaemon): Promise<Record<StreamKind, RawSocket>> {
  const screen = await RawSocket.connect(daemon.ports.screen);
  const video = await RawSocket.connect(daemon.ports.video);
  const audio = await RawSocket.connect(daemon.ports.audio);
  screen.send(olderFrame('screen', wireJpeg()));
  await daemon.frames.several(1);
  return { screen, video, audio };
}

function screenOf({ streams }: Participant): Stream {
  const stream = streams.get('screen');
  if (stream === undefined) throw new Error('it has no screen');
  return stream;
}

describe('a stream that the host sends away', () => {
  it('is gone from the roster, does not come in again, and leaves the others alone', async () => {
    const daemon = await RunningDaemon.start();
    const session = newSession();
    const screen = await publisher(daemon, { session });
    const camera = await publisher(daemon, { session, kind: 'video' });
    const participant = only(daemon);
    daemon.daemon.kickStream(participant, screenOf(participant));
    expect(await screen.answer('refused')).toMatchObject({ code: 'MEET_STREAM_SENT_AWAY' });
    await screen.closed;
    expect([...participant.streams.keys()]).toEqual(['video']);
    const told = { kind: 'screen', state: 'off', by: 'host', reason: 'sent away by the host' };
    expect(eventsNamed(daemon, 'stream').at(-1)).toMatchObject(told);
    const again = await NativeClient.connect(daemon.ports.screen, 'screen');
    again.send(wirePreamble('screen'), again.hello({ session }));
    expect(await again.answer('refused')).toMatchObject({ code: 'MEET_STREAM_SENT_AWAY' });
    // Watching brings no stream.
    await viewer(daemon, { session });
    sendPictures(camera, 0, 0);
    await passed(camera);
    expect(daemon.names).toEqual(['publish']);
  });

  it('of an older client ends that connection alone', async () => {
    const daemon = await RunningDaemon.start();
    const { screen, video, audio } = await olderClient(daemon);
    const participant = only(daemon);
    daemon.daemon.kickStream(participant, screenOf(participant));
    await screen.closed;
    expect([video.isClosed, audio.isClosed]).toEqual([false, false]);
    expect(only(daemon)).toBe(participant);
  });
});

describe('an older client', () => {
  it('has its stream dropped at the door while the host stops it', async () => {
    const daemon = await RunningDaemon.start();
    const { screen } = await olderClient(daemon);
    const { hub } = daemon.daemon;
    hub.hold(only(daemon), 'screen', true);
    screen.send(olderFrame('screen', wireJpeg()), olderFrame('screen', wireJpeg()));
    await expect.poll(() => daemon.row().dropped, { timeout: 20_000 }).toBe(2);
    hub.hold(only(daemon), 'screen', false);
    screen.send(olderFrame('screen', wireJpeg()));
    await daemon.frames.several(2);
    expect(daemon.row()).toMatchObject({ frames: 2, state: 'on' });
    expect(screen.isClosed).toBe(false);
  });

  it('loses all three connections when the host sends it away, the silent ones too', async () => {
    const daemon = await RunningDaemon.start();
    const { screen, video, audio } = await olderClient(daemon);
    daemon.daemon.kick(only(daemon));
    await Promise.all([screen.closed, video.closed, audio.closed]);
    expect(daemon.names).toEqual([]);
    await expect.poll(() => daemon.daemon.stats().process.connections, { timeout: 20_000 }).toBe(0);
  });
});
