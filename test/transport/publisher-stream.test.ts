import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/transport/clock.js';
import type { Clock } from '../../src/transport/clock.js';
import type { Frame } from '../../src/transport/frame.js';
import { Journal } from '../setup/journal.js';
import { ManualClock } from '../setup/manual-clock.js';
import { startNativeServer, welcomeRecord } from '../setup/native-server.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { WireServer, wireGreeting } from '../setup/wire-server.js';
import { wireSamples } from '../setup/wire.js';
import { Sharing } from './sharing.js';

const FORMAT = { codec: 'jpeg', width: 64, height: 48, fps: 30 } as const;

describe('PublisherStream', () => {
  it('brings frames to the hub byte for byte, numbered, with their times', async () => {
    const daemon = await RunningDaemon.start();
    const sharing = new Sharing({ port: daemon.ports.screen });
    sharing.stream.setFormat(FORMAT);
    expect(await sharing.stream.start()).toMatchObject({ participant: 1, name: 'kiosk' });
    await sharing.sendEach(5, 40_000);
    const frames = await daemon.frames.several(5);
    frames.forEach(({ frame, lost }, at) => {
      expect(frame).toMatchObject({ sequence: at, key: true, encodedAfterUs: 7 });
      expect(frame.payload.length).toBe(40_000);
      expect(frame.payload.readUInt32BE(39_996)).toBe(at);
      expect(lost).toBe(0);
    });
    const [participant] = daemon.daemon.hub.participants;
    expect(participant?.streams.get('screen')?.format).toEqual(FORMAT);
    expect(sharing.stream.stats).toMatchObject({ offered: 5, written: 5, bytes: 200_000 });
  });

  it('tells of a format that changes and of a device that stalls', async () => {
    const daemon = await RunningDaemon.start();
    const sharing = new Sharing({ port: daemon.ports.screen });
    sharing.stream.setFormat(FORMAT);
    await sharing.stream.start();
    sharing.send();
    sharing.stream.setFormat({ ...FORMAT, width: 32 });
    sharing.stream.setState('stalled', 'unplugged');
    await daemon.event(
      'stream',
      ({ state, reason }) => state === 'stalled' && reason === 'unplugged',
    );
    const [participant] = daemon.daemon.hub.participants;
    expect(participant?.streams.get('screen')?.format).toEqual({ ...FORMAT, width: 32 });
    sharing.send();
    await daemon.frames.several(2);
    expect(daemon.row().state).toBe('on');
  });

  it('sends an unchanged record for a frame without a payload', async () => {
    const daemon = await RunningDaemon.start();
    const sharing = new Sharing({ port: daemon.ports.screen });
    await sharing.stream.start();
    await sharing.sendEach(1);
    await sharing.ready();
    sharing.stream.send({ capturedAtUs: 1, encodedAfterUs: 0 });
    const frames = await daemon.frames.several(2);
    expect(frames[1]?.frame).toMatchObject({ unchanged: true, sequence: 1 });
  });

  it('brings sound without a loss when it comes at its pace', async () => {
    const daemon = await RunningDaemon.start();
    const sharing = new Sharing({ port: daemon.ports.audio, kind: 'audio' });
    sharing.stream.setFormat({ codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 2 });
    await sharing.stream.start();
    for (let chunk = 0; chunk < 100; chunk += 1) {
      const payload = wireSamples(1764, chunk);
      sharing.stream.send({ payload, capturedAtUs: chunk, encodedAfterUs: 0 });
      if (chunk % 5 === 4) await daemon.frames.several(chunk + 1);
    }
    await daemon.frames.several(100);
    expect(daemon.row('audio')).toMatchObject({ frames: 100, lost: 0 });
    expect(sharing.stream.stats.dropped).toBe(0);
  });

  it('knows at its end that the last sound came, between two acknowledgements', async () => {
    const daemon = await RunningDaemon.start();
    const sharing = new Sharing({ port: daemon.ports.audio, kind: 'audio' });
    sharing.stream.setFormat({ codec: 'pcm-s16le', sampleRateHz: 48_000, channels: 1 });
    await sharing.stream.start();
    for (let chunk = 0; chunk < 7; chunk += 1) {
      const payload = wireSamples(960, chunk);
      sharing.stream.send({ payload, capturedAtUs: chunk, encodedAfterUs: 0 });
    }
    await sharing.stream.flush();
    await sharing.stream.close();
    expect(daemon.frames.entries.length).toBe(7);
    expect(sharing.stream.stats).toMatchObject({ written: 7, unacknowledged: 0 });
  });

  it('counts what a daemon that was stopped at its end did not take', async () => {
    const taken = new Journal<Frame>();
    await using server = await startNativeServer('screen', {
      onControl(record, channel) {
        if (record.type === 'hello') channel.sendControl({ ...welcomeRecord(), acks: true });
        if (record.type === 'bye') void channel.end();
      },
      onMedia: (frame) => {
        taken.push(frame);
      },
    });
    const sharing = new Sharing({ port: server.port });
    await sharing.stream.start();
    sharing.send();
    sharing.send();
    await taken.several(2);
    await sharing.stream.close();
    expect(sharing.stream.stats).toMatchObject({ written: 2, unacknowledged: 2 });
  });

  it('says bye when it is closed, and nobody is there afterwards', async () => {
    const daemon = await RunningDaemon.start();
    const sharing = new Sharing({ port: daemon.ports.screen });
    await sharing.stream.start();
    sharing.send();
    await sharing.stream.flush();
    await sharing.stream.close('lunch');
    expect(await daemon.event('left')).toMatchObject({ reason: 'lunch' });
    expect(daemon.frames.entries.length).toBe(1);
    expect(sharing.stream.stats.unacknowledged).toBe(0);
    await sharing.stream.close('again');
    sharing.send();
    expect(sharing.stream.stats).toMatchObject({ offered: 2, connected: false, lostOffline: 1 });
  });
});

describe('a stream that is closed', () => {
  it('while it shakes hands leaves nothing open', async () => {
    const server = await WireServer.listen({ greeting: () => undefined });
    const sharing = new Sharing({ port: server.port });
    const starting = sharing.stream.start();
    const failed = expect(starting).rejects.toMatchObject({ code: 'MEET_CLOSED' });
    await server.records.several(1);
    await sharing.stream.close();
    await failed;
    await expect.poll(() => server.sockets[0]?.destroyed).toBe(true);
  });

  it('while it waits for the next attempt makes no further one', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const sharing = new Sharing({ port: daemon.ports.screen, clock, random: () => 0.5 });
    await sharing.stream.start();
    const closing = daemon.daemon.close('restarting');
    await sharing.lost.several(1);
    await closing;
    await sharing.stream.close();
    await sharing.stream.finished();
    expect(clock.pending).toBe(0);
    expect(sharing.lost.entries.length).toBe(1);
  });

  it.each(['first', 'second'] as const)(
    'at the very moment at which its %s welcome comes leaves nothing open',
    async (which) => {
      const server = await WireServer.listen();
      // The ping after the welcome asks for the time: this is between the handshake and its end.
      let asked = 0;
      let closing: Promise<void> | undefined;
      const clock: Clock = {
        ...systemClock,
        wallUs: () => {
          asked += 1;
          if (asked === (which === 'first' ? 1 : 2)) closing = sharing.stream.close();
          return systemClock.wallUs();
        },
      };
      const sharing: Sharing = new Sharing({ port: server.port, clock });
      const started = sharing.stream.start().catch((thrown: unknown) => thrown);
      if (which === 'second') {
        await started;
        server.sockets[0]?.destroy();
      }
      await expect.poll(() => closing !== undefined).toBe(true);
      await closing;
      const outcome = await started;
      if (which === 'first') expect(outcome).toMatchObject({ code: 'MEET_CLOSED' });
      await expect
        .poll(() => server.sockets.map(({ destroyed }) => destroyed))
        .toEqual(which === 'first' ? [true] : [true, true]);
      expect(sharing.stream.connected).toBe(false);
    },
  );
});

describe('a stream without reconnecting', () => {
  it('ends with why its connection did', async () => {
    const server = await WireServer.listen({ greeting: () => wireGreeting() });
    const sharing = new Sharing({ port: server.port, reconnect: false });
    await sharing.stream.start();
    server.sockets[0]?.resetAndDestroy();
    await expect(sharing.stream.finished()).rejects.toMatchObject({ code: 'MEET_PEER_GONE' });
    expect(sharing.lost.entries).toEqual([]);
  });
});
