import { describe, expect, it } from 'vitest';
import { ManualClock } from '../setup/manual-clock.js';
import { NativeClient, newSession } from '../setup/native-client.js';
import { RunningDaemon, eventsNamed } from '../setup/running-daemon.js';

const SOUND_FORMAT = { codec: 'pcm-s16le', sampleRateHz: 48_000, channels: 1 };

describe('participants', () => {
  it('are tied together from their connections by the session', async () => {
    const daemon = await RunningDaemon.start();
    const session = newSession();
    const screen = await NativeClient.join(daemon.ports.screen, 'screen', { session });
    const audio = await NativeClient.join(daemon.ports.audio, 'audio', {
      session,
      format: SOUND_FORMAT,
    });
    expect(await screen.answer('welcome')).toMatchObject({ participant: 1 });
    expect(await audio.answer('welcome')).toMatchObject({
      participant: 1,
      roster: [{ participant: 1, name: 'kiosk', streams: [{ kind: 'screen' }] }],
    });
    expect(eventsNamed(daemon, 'joined')).toMatchObject([
      { participant: 1, name: 'kiosk', room: 'main', origin: 'native', address: '127.0.0.1' },
    ]);
  });

  it('are two when the sessions differ, and the second name is made unique', async () => {
    const daemon = await RunningDaemon.start();
    const { screen } = daemon.ports;
    const names: unknown[] = [];
    for (const name of ['kiosk', 'kiosk', 'kiosk-2', 'kio\u200bsk']) {
      const client = await NativeClient.join(screen, 'screen', { name });
      names.push((await client.answer('welcome')).name);
    }
    expect(names).toEqual(['kiosk', 'kiosk-2', 'kiosk-2-2', 'kiosk-3']);
  });

  it('have names within 64 code points and 32 cells, also when these are made unique', async () => {
    const daemon = await RunningDaemon.start();
    const name = '漢'.repeat(16);
    await NativeClient.join(daemon.ports.screen, 'screen', { name });
    const second = await NativeClient.join(daemon.ports.screen, 'screen', { name });
    expect((await second.answer('welcome')).name).toBe(`${'漢'.repeat(15)}-2`);
  });

  it('may have the same name in different rooms, and see only their own', async () => {
    const daemon = await RunningDaemon.start();
    const { screen } = daemon.ports;
    await NativeClient.join(screen, 'screen', { room: 'lab' });
    const other = await NativeClient.join(screen, 'screen', { room: 'shop' });
    const plain = await NativeClient.join(screen, 'screen');
    expect(await other.answer('welcome')).toMatchObject({
      name: 'kiosk',
      room: 'shop',
      roster: [{ participant: 2 }],
    });
    expect(await plain.answer('welcome')).toMatchObject({ name: 'kiosk', room: 'main' });
  });

  it.each([
    ['\u001b[2J\u202ekiosk', '[2Jkiosk'],
    ['\ud800\u0000', 'guest'],
    ['x'.repeat(10_000), 'x'.repeat(32)],
  ])('have names that are cleaned at the door: %j', async (name, clean) => {
    const daemon = await RunningDaemon.start();
    const client = await NativeClient.join(daemon.ports.screen, 'screen', { name, room: name });
    const room = clean === 'guest' ? 'main' : clean;
    expect(await client.answer('welcome')).toMatchObject({ name: clean, room });
    expect(eventsNamed(daemon, 'joined')).toMatchObject([{ name: clean, room }]);
  });

  it('leave at once when they say bye, with their reason', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const client = await NativeClient.join(daemon.ports.screen, 'screen');
    client.sendPicture();
    client.sendControl({ type: 'bye', reason: 'lunch\u001b[5m' });
    expect(await daemon.event('left')).toMatchObject({ name: 'kiosk', reason: 'lunch[5m' });
    await daemon.event('stream', ({ state, reason }) => state === 'off' && reason === 'lunch[5m');
    await client.closed;
    expect(daemon.names).toEqual([]);
  });

  it('stay when one of their streams says bye and another goes on', async () => {
    const daemon = await RunningDaemon.start();
    const session = newSession();
    const screen = await NativeClient.join(daemon.ports.screen, 'screen', { session });
    const video = await NativeClient.join(daemon.ports.video, 'video', { session });
    screen.sendControl({ type: 'bye', reason: 'screen off' });
    await screen.closed;
    video.sendPicture();
    await daemon.frames.several(1);
    expect(daemon.names).toEqual(['kiosk']);
    video.sendControl({ type: 'bye', reason: 'all off' });
    expect(await daemon.event('left')).toMatchObject({ reason: 'all off' });
  });

  it('are away when their connection is lost, and gone after away-ms', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock, limits: { 'away-ms': 30_000 } });
    const client = await NativeClient.join(daemon.ports.screen, 'screen');
    client.sendPicture();
    await daemon.frames.several(1);
    client.raw.reset();
    await daemon.event('stream', ({ state }) => state === 'stalled');
    clock.advance(29_999);
    expect(daemon.names).toEqual(['kiosk']);
    clock.advance(1);
    expect(daemon.names).toEqual([]);
    expect(eventsNamed(daemon, 'left').length).toBe(1);
  });

  it('keep number, name and counters when they come back in time', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock, limits: { 'away-ms': 30_000 } });
    const session = newSession();
    const first = await NativeClient.join(daemon.ports.screen, 'screen', { session });
    first.sendPicture({ sequence: 0 });
    await daemon.frames.several(1);
    first.raw.reset();
    await daemon.event('stream', ({ state }) => state === 'stalled');
    await NativeClient.join(daemon.ports.screen, 'screen', { name: 'kiosk' });
    clock.advance(20_000);
    const again = await NativeClient.join(daemon.ports.screen, 'screen', { session });
    expect(await again.answer('welcome')).toMatchObject({ participant: 1, name: 'kiosk' });
    again.sendPicture({ sequence: 1 });
    await daemon.frames.several(2);
    clock.advance(20_000);
    expect(daemon.names).toEqual(['kiosk', 'kiosk-2']);
    expect(daemon.row().frames).toBe(2);
    expect(eventsNamed(daemon, 'joined').length).toBe(2);
    const states = eventsNamed(daemon, 'stream').map(({ state }) => state);
    expect(states.slice(0, 3)).toEqual(['on', 'stalled', 'on']);
  });

  it('get a new number when they come back too late', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock, limits: { 'away-ms': 1000 } });
    const session = newSession();
    const first = await NativeClient.join(daemon.ports.screen, 'screen', { session });
    first.sendPicture();
    await daemon.frames.several(1);
    first.raw.reset();
    await daemon.event('stream', ({ state }) => state === 'stalled');
    clock.advance(1000);
    const again = await NativeClient.join(daemon.ports.screen, 'screen', { session });
    expect(await again.answer('welcome')).toMatchObject({ participant: 2 });
  });

  it('take over from an older connection of the same session and kind', async () => {
    const daemon = await RunningDaemon.start();
    const session = newSession();
    const older = await NativeClient.join(daemon.ports.screen, 'screen', { session });
    older.sendPicture({ sequence: 0 });
    await daemon.frames.several(1);
    const newer = await NativeClient.join(daemon.ports.screen, 'screen', { session });
    expect(await older.answer('refused')).toMatchObject({ code: 'MEET_TAKEN_OVER' });
    // The older one goes on sending until it has read that: none of it counts.
    older.sendPicture({ sequence: 70 });
    await older.closed;
    newer.sendPicture({ sequence: 1 });
    const frames = await daemon.frames.several(2);
    expect(frames.map(({ frame }) => frame.sequence)).toEqual([0, 1]);
    expect(daemon.row()).toMatchObject({ frames: 2, lost: 0, state: 'on' });
    expect(eventsNamed(daemon, 'left')).toEqual([]);
    await expect.poll(() => daemon.daemon.stats().process.connections).toBe(1);
  });

  it('leave at once when the newer connection says bye before the older one has gone', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const session = newSession();
    const older = await NativeClient.join(daemon.ports.screen, 'screen', { session });
    older.raw.socket.pause();
    const newer = await NativeClient.join(daemon.ports.screen, 'screen', { session });
    newer.sendControl({ type: 'bye', reason: 'done' });
    await newer.closed;
    older.raw.reset();
    expect(await daemon.event('left')).toMatchObject({ reason: 'done' });
  });
});
