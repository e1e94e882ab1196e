import { describe, expect, it } from 'vitest';
import { encodePicturePickle } from '../../src/transport/older/canonical-pickle.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import { ManualClock } from '../setup/manual-clock.js';
import { NativeClient } from '../setup/native-client.js';
import { RawSocket } from '../setup/raw-socket.js';
import { RunningDaemon, eventsNamed } from '../setup/running-daemon.js';
import { olderFrame, wireJpeg, wireSamples } from '../setup/wire.js';

/** The body of a small frame of each kind. */
const BODY: Readonly<Record<StreamKind, Buffer>> = {
  screen: wireJpeg(600, 400),
  video: encodePicturePickle(Buffer.alloc(32 * 24 * 3, 0x80), 32, 24),
  audio: wireSamples(2048),
};

type Three = Readonly<Record<StreamKind, RawSocket>>;

/** Opens the three connections of an older client, one after the other; each is accepted in order. */
async function openThree(daemon: RunningDaemon): Promise<Three> {
  const open = async (kind: StreamKind): Promise<RawSocket> => {
    const before = daemon.daemon.stats().process.connections;
    const socket = await RawSocket.connect(daemon.ports[kind]);
    await accepted(daemon, before + 1);
    return socket;
  };
  const screen = await open('screen');
  const video = await open('video');
  const audio = await open('audio');
  return { screen, video, audio };
}

async function accepted(daemon: RunningDaemon, connections: number): Promise<void> {
  await expect
    .poll(() => daemon.daemon.stats().process.connections, { interval: 1 })
    .toBe(connections);
}

/** Sends a frame and resolves with the number of the participant to whom it was put down. */
async function sendFrame(daemon: RunningDaemon, three: Three, kind: StreamKind): Promise<number> {
  const from = daemon.frames.entries.length;
  three[kind].send(olderFrame(kind, BODY[kind]));
  const { participant } = await daemon.frames.first((frame) => frame.kind === kind, from);
  return participant;
}

async function sendAll(daemon: RunningDaemon, three: Three): Promise<number[]> {
  const participants: number[] = [];
  for (const kind of STREAM_KINDS) participants.push(await sendFrame(daemon, three, kind));
  return participants;
}

describe('the three connections of an older client', () => {
  it('are one participant, named by its address, whichever speaks first', async () => {
    const daemon = await RunningDaemon.start();
    const three = await openThree(daemon);
    expect(await sendFrame(daemon, three, 'audio')).toBe(1);
    expect(await sendFrame(daemon, three, 'screen')).toBe(1);
    expect(await sendFrame(daemon, three, 'video')).toBe(1);
    expect(eventsNamed(daemon, 'joined')).toMatchObject([
      { participant: 1, name: '127.0.0.1', room: 'main', origin: 'older' },
    ]);
  });

  it('stay one after a long silence', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const three = await openThree(daemon);
    clock.advance(3_600_000);
    expect(await sendAll(daemon, three)).toEqual([1, 1, 1]);
  });

  it('are told apart from those of a second client that came later', async () => {
    const daemon = await RunningDaemon.start();
    const first = await openThree(daemon);
    const second = await openThree(daemon);
    expect(await sendAll(daemon, second)).toEqual([1, 1, 1]);
    expect(await sendAll(daemon, first)).toEqual([2, 2, 2]);
    expect(daemon.names).toEqual(['127.0.0.1', '127.0.0.1-2']);
  });

  it('are told apart from those of a client that connects at the same time', async () => {
    const daemon = await RunningDaemon.start();
    const sockets: Record<string, RawSocket> = {};
    let count = 0;
    // The order in which two clients interleave when both open screen, video, audio.
    for (const [who, kind] of [
      ['a', 'screen'],
      ['b', 'screen'],
      ['a', 'video'],
      ['b', 'video'],
      ['a', 'audio'],
      ['b', 'audio'],
    ] as const) {
      sockets[`${who} ${kind}`] = await RawSocket.connect(daemon.ports[kind]);
      count += 1;
      await accepted(daemon, count);
    }
    const threeOf = (who: string): Three => ({
      screen: socketOf(sockets, `${who} screen`),
      video: socketOf(sockets, `${who} video`),
      audio: socketOf(sockets, `${who} audio`),
    });
    expect(await sendAll(daemon, threeOf('b'))).toEqual([1, 1, 1]);
    expect(await sendAll(daemon, threeOf('a'))).toEqual([2, 2, 2]);
  });

  it('are one also when native connections of the same address come between', async () => {
    const daemon = await RunningDaemon.start();
    const screen = await RawSocket.connect(daemon.ports.screen);
    await NativeClient.join(daemon.ports.screen, 'screen');
    await NativeClient.join(daemon.ports.video, 'video');
    const video = await RawSocket.connect(daemon.ports.video);
    await NativeClient.join(daemon.ports.audio, 'audio');
    await accepted(daemon, 5);
    const audio = await RawSocket.connect(daemon.ports.audio);
    await accepted(daemon, 6);
    const numbers = await sendAll(daemon, { screen, video, audio });
    expect(new Set(numbers).size).toBe(1);
    expect(eventsNamed(daemon, 'joined').filter(({ origin }) => origin === 'older').length).toBe(1);
  });

  it('do not lose one to a stale connection that never says anything', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    await RawSocket.connect(daemon.ports.screen);
    await accepted(daemon, 1);
    clock.advance(60_000);
    const three = await openThree(daemon);
    expect(await sendAll(daemon, three)).toEqual([1, 1, 1]);
    await expect.poll(() => daemon.daemon.stats().process.connections).toBe(4);
  });

  it('are not mixed with those of another address', async () => {
    const daemon = await RunningDaemon.start();
    const elsewhere = await RawSocket.connect(daemon.ports.screen, { localAddress: '127.0.0.9' });
    await accepted(daemon, 1);
    const three = await openThree(daemon);
    expect(await sendAll(daemon, three)).toEqual([1, 1, 1]);
    elsewhere.send(olderFrame('screen', BODY.screen));
    await daemon.event('joined', ({ name }) => name === '127.0.0.9');
  });

  it('are read however their bytes are split', async () => {
    const daemon = await RunningDaemon.start();
    const three = await openThree(daemon);
    for (const kind of STREAM_KINDS) {
      const bytes = Buffer.concat([olderFrame(kind, BODY[kind]), olderFrame(kind, BODY[kind])]);
      for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 7) % 1019) {
        await three[kind].sent(bytes.subarray(at, at + step));
      }
      const frames = await daemon.frames.several(2, (frame) => frame.kind === kind);
      expect(frames.map(({ frame }) => frame.sequence)).toEqual([0, 1]);
      if (kind === 'video') continue;
      expect(frames.every(({ frame }) => frame.payload.equals(BODY[kind]))).toBe(true);
    }
  });
});

describe('a fault of an older client', () => {
  it.each([
    ['a length of 0', 'screen', Buffer.alloc(4), 'MEET_FRAME_MALFORMED'],
    ['a length beyond the limit', 'screen', Buffer.from('7f000000', 'hex'), 'MEET_FRAME_TOO_LARGE'],
    [
      'a picture that is none',
      'screen',
      olderFrame('screen', Buffer.from('GIF89a')),
      'MEET_FRAME_MALFORMED',
    ],
    [
      'sound of half a sample',
      'audio',
      olderFrame('audio', Buffer.alloc(6)),
      'MEET_FRAME_MALFORMED',
    ],
    ['a pickle of floats', 'video', olderFrame('video', floatPickle()), 'MEET_PICKLE_REFUSED'],
    [
      'no pickle',
      'video',
      olderFrame('video', Buffer.from('{"not": "one"}')),
      'MEET_PICKLE_REFUSED',
    ],
  ] as const)('(%s) ends the %s connection and no other', async (_, kind, bytes, code) => {
    const daemon = await RunningDaemon.start();
    const three = await openThree(daemon);
    await sendAll(daemon, three);
    three[kind].send(bytes);
    await three[kind].closed;
    await daemon.event('error', (event) => event.code === code);
    for (const other of STREAM_KINDS) {
      if (other !== kind) expect(await sendFrame(daemon, three, other)).toBe(1);
    }
    await daemon.event('stream', (event) => event.kind === kind && event.state === 'off');
    expect(eventsNamed(daemon, 'left')).toEqual([]);
  });
});

describe('an older client', () => {
  it('leaves when its last connection is gone, and its name is free again', async () => {
    const daemon = await RunningDaemon.start();
    const three = await openThree(daemon);
    await sendFrame(daemon, three, 'screen');
    three.screen.end();
    await daemon.event('stream', ({ state }) => state === 'off');
    three.video.reset();
    await accepted(daemon, 1);
    expect(daemon.names).toEqual(['127.0.0.1']);
    three.audio.end();
    await daemon.event('left', ({ participant }) => participant === 1);
    const again = await openThree(daemon);
    expect(await sendAll(daemon, again)).toEqual([2, 2, 2]);
    expect(daemon.names).toEqual(['127.0.0.1']);
  });

  it.each([
    ['leaves', (daemon: RunningDaemon) => daemon.event('left')],
    ['leaves as the daemon ends', (daemon: RunningDaemon) => daemon.daemon.close('over')],
  ])(
    'has its last pictures shown, though nobody has worked on them when it %s',
    async (_, over) => {
      const daemon = await RunningDaemon.start();
      const three = await openThree(daemon);
      // They are here before a thread that works on pictures has started.
      three.video.send(
        Buffer.concat(Array.from({ length: 5 }, () => olderFrame('video', BODY.video))),
      );
      await daemon.event('stream', ({ kind }) => kind === 'video');
      for (const kind of STREAM_KINDS) three[kind].end();
      await three.video.closed;
      await Promise.all([over(daemon), daemon.event('stream', ({ state }) => state === 'off')]);
      expect(daemon.frames.entries.length).toBe(5);
    },
  );

  it('never counts as joined when it came and went without a frame', async () => {
    const daemon = await RunningDaemon.start();
    const three = await openThree(daemon);
    for (const kind of STREAM_KINDS) three[kind].end();
    await accepted(daemon, 0);
    expect(eventsNamed(daemon, 'joined')).toEqual([]);
  });

  it('is not followed by a connection of its own that turned out to be native', async () => {
    const daemon = await RunningDaemon.start();
    const screen = await RawSocket.connect(daemon.ports.screen);
    await accepted(daemon, 1);
    // Silent so far: it may be the older client's second connection.
    const native = await NativeClient.connect(daemon.ports.video, 'video');
    await accepted(daemon, 2);
    screen.send(olderFrame('screen', BODY.screen));
    await daemon.frames.several(1);
    native.send(Buffer.from('4d45455401020000', 'hex'), native.hello());
    expect(await native.answer('welcome')).toMatchObject({ participant: 2 });
    screen.end();
    await daemon.event('left', ({ participant }) => participant === 1);
    native.sendPicture();
    await daemon.frames.several(2);
  });
});

/** A pickle as numpy makes it of a float64 array instead of uint8. */
function floatPickle(): Buffer {
  const pickle = Buffer.from(BODY.video);
  const at = pickle.indexOf('u1');
  pickle.write('f8', at, 'latin1');
  return pickle;
}

function socketOf(sockets: Readonly<Record<string, RawSocket>>, name: string): RawSocket {
  const socket = sockets[name];
  if (socket === undefined) throw new Error(`no socket ${name}`);
  return socket;
}
