import { describe, expect, it } from 'vitest';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import { ManualClock } from '../setup/manual-clock.js';
import { NativeClient, newSession } from '../setup/native-client.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { wireControl, wirePicture, wirePreamble, wireSamples, wireSound } from '../setup/wire.js';

const SOUND_FORMAT = { codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 2 };

describe('the handshake', () => {
  it.each(STREAM_KINDS)('welcomes a publisher on the %s port with what it needs', async (kind) => {
    const { ports } = await RunningDaemon.start();
    const client = await NativeClient.connect(ports[kind], kind);
    client.send(wirePreamble(kind), client.hello({ name: 'lab 7', room: 'lab', acks: true }));
    const welcome = await client.answer('welcome');
    expect(client.preamble).toBe(wirePreamble(kind).toString('hex'));
    expect(welcome).toEqual({
      type: 'welcome',
      version: 1,
      participant: 1,
      name: 'lab 7',
      room: 'lab',
      roster: [
        {
          participant: 1,
          name: 'lab 7',
          origin: 'native',
          away: false,
          watching: false,
          hand: false,
          // The stream comes with the role, which begins after the welcome.
          streams: [],
        },
      ],
      limits: {
        payloadBytes: kind === 'audio' ? 256 * 1024 : 16 * 1024 * 1024,
        controlBytes: 64 * 1024,
      },
      pingMs: 10_000,
      acks: true,
      software: 'meet test',
      role: 'present',
    });
    // The first ping follows at once, so that the clock's offset is known from the start.
    expect(client.answers.entries[0]).toBe(welcome);
    await client.answer('ping');
  });

  it('takes a hello that comes byte by byte, with its preamble', async () => {
    const { ports } = await RunningDaemon.start();
    const client = await NativeClient.connect(ports.screen, 'screen');
    const opening = Buffer.concat([wirePreamble('screen'), client.hello()]);
    for (const byte of opening) await client.raw.sent(Buffer.from([byte]));
    expect(await client.answer('welcome')).toMatchObject({ participant: 1, acks: false });
  });

  it('takes frames that come in one piece with hello', async () => {
    const daemon = await RunningDaemon.start();
    const client = await NativeClient.connect(daemon.ports.screen, 'screen');
    client.send(
      wirePreamble('screen'),
      client.hello(),
      wirePicture({ sequence: 0 }, Buffer.from('ffd8ffc0000b080010001001011100', 'hex')),
      wirePicture({ sequence: 1 }),
    );
    const [first, second] = await daemon.frames.several(2);
    expect(first?.frame.unchanged).toBe(false);
    expect(second?.frame.unchanged).toBe(true);
  });

  it('names the right port to who took the wrong one', async () => {
    const { ports } = await RunningDaemon.start();
    const client = await NativeClient.connect(ports.screen, 'screen');
    client.send(wirePreamble('audio'));
    const refused = await client.answer('refused');
    expect(refused.code).toBe('MEET_WRONG_PORT');
    expect(refused.message).toBe(
      `this is the screen port; audio goes to port ${String(ports.audio)}`,
    );
    await client.closed;
  });

  it('says which kinds there are to who names none of them', async () => {
    const { ports } = await RunningDaemon.start();
    const client = await NativeClient.connect(ports.video, 'video');
    client.send(wirePreamble(9));
    expect((await client.answer('refused')).message).toContain('1 screen, 2 video, 3 audio');
    await client.closed;
  });

  it.each([
    ['preamble', wirePreamble('screen', 2), {}],
    ['hello', wirePreamble('screen', 1), { versions: [7, 9] }],
  ])('tells a newer client by its %s which versions there are', async (_, preamble, hello) => {
    const { ports } = await RunningDaemon.start();
    const client = await NativeClient.connect(ports.screen, 'screen');
    client.send(preamble, client.hello(hello));
    const refused = await client.answer('refused');
    expect(refused).toMatchObject({ code: 'MEET_VERSION', versions: [1] });
    expect(refused.message).toContain('this daemon speaks version 1');
    expect(client.preamble).toBe(wirePreamble('screen', 1).toString('hex'));
    await client.closed;
    expect(client.answers.entries.length).toBe(1);
  });

  it('speaks version 1 with a client that also lists others', async () => {
    const { ports } = await RunningDaemon.start();
    const client = await NativeClient.join(ports.screen, 'screen', { versions: [3, 1, 2] });
    expect(await client.answer('welcome')).toMatchObject({ version: 1 });
  });

  it('tells a publisher after the welcome what is wanted of it and what the host holds', async () => {
    const { ports } = await RunningDaemon.start();
    const client = await NativeClient.join(ports.screen, 'screen');
    await client.settled();
    const types = client.answers.entries.map(({ type }) => type);
    expect(types).toEqual(['welcome', 'ping', 'want', 'held', 'pong']);
    expect(client.answers.entries[2]).toEqual({ type: 'want', wanted: false });
    expect(client.answers.entries[3]).toMatchObject({ type: 'held', held: false });
  });

  it('welcomes a subscriber, and puts it out when it sends media', async () => {
    const daemon = await RunningDaemon.start();
    const client = await NativeClient.join(daemon.ports.screen, 'screen', { role: 'subscribe' });
    client.sendPicture();
    expect(await client.answer('refused')).toMatchObject({ code: 'MEET_PROTOCOL' });
    await client.closed;
    expect(daemon.frames.entries).toEqual([]);
  });

  it.each([
    ['a picture', wirePicture({})],
    ['a format', wireControl({ type: 'format', format: SOUND_FORMAT })],
    ['bye', wireControl({ type: 'bye', reason: 'changed my mind' })],
  ])('refuses who sends %s before hello', async (_, bytes) => {
    const daemon = await RunningDaemon.start();
    const client = await NativeClient.connect(daemon.ports.screen, 'screen');
    client.send(wirePreamble('screen'), bytes);
    expect(await client.answer('refused')).toMatchObject({ code: 'MEET_PROTOCOL' });
    await client.closed;
    expect(daemon.names).toEqual([]);
    expect(daemon.frames.entries).toEqual([]);
  });

  it('refuses who says nothing after the preamble, once the time is over', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock, limits: { 'header-ms': 800 } });
    const client = await NativeClient.connect(daemon.ports.screen, 'screen');
    client.send(wirePreamble('screen'));
    await client.settled();
    clock.advance(800);
    await client.settled();
    clock.advance(200);
    const refused = await client.answer('refused');
    expect(refused).toMatchObject({ code: 'MEET_HEADER_TIMEOUT' });
    expect(refused.message).toContain('no hello came in 800 ms (--limit header-ms=MS)');
    await client.closed;
    await daemon.event('error', ({ code }) => code === 'MEET_HEADER_TIMEOUT');
  });

  it('lets a welcome peer be silent for longer than that', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock, limits: { 'header-ms': 800 } });
    const client = await NativeClient.join(daemon.ports.screen, 'screen');
    clock.advance(5000);
    await client.settled();
    expect(daemon.names).toEqual(['kiosk']);
  });

  it('answers a second hello with an error and goes on', async () => {
    const daemon = await RunningDaemon.start();
    const client = await NativeClient.join(daemon.ports.screen, 'screen');
    client.send(client.hello({ session: newSession(), name: 'other' }));
    expect(await client.answer('error')).toMatchObject({ code: 'MEET_CONTROL_INVALID' });
    client.sendPicture();
    await daemon.frames.several(1);
    expect(daemon.names).toEqual(['kiosk']);
  });

  it.each([
    ['of a type that is not known', { type: 'teleport', kind: 'screen' }, 'MEET_CONTROL_UNKNOWN'],
    ['that is not valid', { type: 'stream', state: 'sideways' }, 'MEET_CONTROL_INVALID'],
    ['that is not JSON', Buffer.from([0xff, 0x00]), 'MEET_CONTROL_INVALID'],
    ['without a payload', Buffer.alloc(0), 'MEET_CONTROL_INVALID'],
  ])('answers a record %s with an error, before and after hello, and stays', async (...row) => {
    const [, record, code] = row;
    const daemon = await RunningDaemon.start();
    const client = await NativeClient.connect(daemon.ports.screen, 'screen');
    client.send(wirePreamble('screen'), wireControl(record));
    expect(await client.answer('error')).toMatchObject({ code });
    client.send(client.hello(), wireControl(record));
    await client.answer('welcome');
    await client.answers.several(2, ({ type }) => type === 'error');
    client.sendPicture();
    await daemon.frames.several(1);
    expect(client.isClosed).toBe(false);
  });

  it('refuses sound whose format nobody told', async () => {
    const { ports } = await RunningDaemon.start();
    const client = await NativeClient.join(ports.audio, 'audio');
    client.send(wireSound({}, wireSamples()));
    const refused = await client.answer('refused');
    expect(refused.message).toContain('sound came before its format');
    await client.closed;
  });

  it('takes sound whose format came in hello or later', async () => {
    const daemon = await RunningDaemon.start();
    const early = await NativeClient.join(daemon.ports.audio, 'audio', { format: SOUND_FORMAT });
    const late = await NativeClient.join(daemon.ports.audio, 'audio');
    late.sendControl({ type: 'format', format: SOUND_FORMAT });
    for (const client of [early, late]) client.send(wireSound({}, wireSamples()));
    await daemon.frames.several(2);
  });

  it('refuses sound that ends in the middle of a sample of all channels', async () => {
    const daemon = await RunningDaemon.start();
    const client = await NativeClient.join(daemon.ports.audio, 'audio', { format: SOUND_FORMAT });
    client.send(wireSound({}, wireSamples(4)), wireSound({ sequence: 1 }, wireSamples(3)));
    const refused = await client.answer('refused');
    expect(refused.code).toBe('MEET_FRAME_MALFORMED');
    expect(refused.message).toContain('6 bytes');
    await client.closed;
    expect(daemon.frames.entries.length).toBe(1);
  });

  it('answers a format that the port does not carry with an error', async () => {
    const { ports } = await RunningDaemon.start();
    const client = await NativeClient.join(ports.screen, 'screen', { format: SOUND_FORMAT });
    const error = await client.answer('error');
    expect(error.message).toBe('format pcm-s16le on the screen port, expected jpeg');
    expect(client.isClosed).toBe(false);
  });
});
