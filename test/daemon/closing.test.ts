import { describe, expect, it } from 'vitest';
import { ManualClock } from '../setup/manual-clock.js';
import { NativeClient } from '../setup/native-client.js';
import { RawSocket } from '../setup/raw-socket.js';
import { RunningDaemon, eventsNamed } from '../setup/running-daemon.js';
import { olderFrame, wireJpeg, wirePreamble } from '../setup/wire.js';

describe('daemon.close', () => {
  it('says bye to everyone, with how long to stay away, and then nobody is there', async () => {
    const daemon = await RunningDaemon.start();
    const { ports } = daemon;
    const screen = await NativeClient.join(ports.screen, 'screen', { name: 'one' });
    const video = await NativeClient.join(ports.video, 'video', { name: 'two' });
    await daemon.daemon.close('the machine restarts');
    for (const client of [screen, video]) {
      expect(await client.answer('bye')).toEqual({
        type: 'bye',
        reason: 'the machine restarts',
        retryAfterMs: 500,
      });
      await client.closed;
    }
    expect(eventsNamed(daemon, 'left')).toMatchObject([
      { name: 'one', reason: 'the machine restarts' },
      { name: 'two', reason: 'the machine restarts' },
    ]);
    expect(daemon.daemon.stats().process).toMatchObject({
      connections: 0,
      participants: 0,
      halfReceivedBytes: 0,
    });
    await expect(RawSocket.connect(ports.screen)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('can be asked for again and again, and each time waits for the same end', async () => {
    const daemon = await RunningDaemon.start();
    const client = await NativeClient.join(daemon.ports.screen, 'screen');
    const first = daemon.daemon.close('once');
    const second = daemon.daemon.close('twice');
    await Promise.all([first, second]);
    await daemon.daemon.close('thrice');
    expect((await client.answer('bye')).reason).toBe('once');
    expect(client.answers.entries.filter(({ type }) => type === 'bye').length).toBe(1);
  });

  it('waits for nobody: neither who does not read, nor who has not spoken, nor who is halfway', async () => {
    const daemon = await RunningDaemon.start();
    const { ports } = daemon;
    const deaf = await NativeClient.join(ports.screen, 'screen');
    deaf.raw.socket.pause();
    const silent = await RawSocket.connect(ports.video);
    const greeting = await RawSocket.connect(ports.audio);
    greeting.send(wirePreamble('audio'));
    const older = await RawSocket.connect(ports.screen);
    older.send(olderFrame('screen', wireJpeg()), olderFrame('screen', wireJpeg()).subarray(0, 9));
    await daemon.frames.several(1);
    await expect.poll(() => daemon.daemon.stats().process.connections).toBe(4);
    const beganMs = performance.now();
    await daemon.daemon.close('ended');
    expect(performance.now() - beganMs).toBeLessThan(10_000);
    expect(daemon.daemon.stats().process.connections).toBe(0);
    deaf.raw.reset();
    await Promise.all([silent.closed, greeting.closed, older.closed]);
  });

  it('leaves nothing open: no socket, no timer, no thread', async () => {
    const before = openResources();
    const daemon = await RunningDaemon.start({ limits: { 'connections-per-address': 3 } });
    const { ports } = daemon;
    await NativeClient.join(ports.screen, 'screen');
    const older = await RawSocket.connect(ports.screen);
    older.send(olderFrame('screen', wireJpeg()));
    await daemon.frames.several(1);
    const lost = await NativeClient.join(ports.video, 'video');
    lost.raw.reset();
    const hanging = await RawSocket.connect(ports.screen);
    // One too many, which is turned away and does not go by itself.
    const turnedAway = await RawSocket.connect(ports.screen);
    turnedAway.socket.pause();
    expect(openResources()).not.toEqual(before);
    await daemon.daemon.close('ended');
    older.socket.destroy();
    hanging.socket.destroy();
    turnedAway.socket.destroy();
    await expect.poll(() => openResources(), { interval: 5 }).toEqual(before);
  });

  it('does not wait with those whom it is turning away until their time is over', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock, limits: { 'connections-per-address': 1 } });
    await NativeClient.join(daemon.ports.screen, 'screen');
    const turnedAway = await RawSocket.connect(daemon.ports.screen, { allowHalfOpen: true });
    await expect.poll(() => turnedAway.received.length).toBeGreaterThan(0);
    await daemon.daemon.close('ended');
    // Half-open: only what is sent now shows that nobody is there any more.
    await expect
      .poll(() => {
        turnedAway.send(Buffer.from('still here'));
        return turnedAway.isClosed;
      })
      .toBe(true);
  });
});

/** What keeps this process alive and may be the daemon's, sorted. */
function openResources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /^(TCP|Worker|Message|Timeout|Immediate|FS)/.test(name))
    .sort();
}
