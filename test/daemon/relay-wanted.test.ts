import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Daemon } from '../../src/daemon/daemon.js';
import { PicturePool } from '../../src/daemon/picture-encoding/picture-pool.js';
import { RecordingSubscriber } from '../../src/daemon/recording-subscriber.js';
import { framesRecorder } from '../../src/daemon/recording/frames-recorder.js';
import { systemRecordingFs } from '../../src/daemon/recording/recording-fs.js';
import { systemClock } from '../../src/transport/clock.js';
import { limitsWith } from '../../src/transport/limits.js';
import { ManualClock } from '../setup/manual-clock.js';
import { NativeClient, newSession } from '../setup/native-client.js';
import { RunningDaemon, eventsNamed } from '../setup/running-daemon.js';
import { passed, publisher, sendPictures, viewer } from './relay-scene.js';

/** What a publisher was told, in order. */
async function wants(client: NativeClient): Promise<unknown[]> {
  await passed(client);
  return client.answers.entries.filter(({ type }) => type === 'want').map(({ wanted }) => wanted);
}

function participantOf({ daemon }: RunningDaemon, number: number) {
  const found = [...daemon.hub.participants].find((each) => each.number === number);
  if (found === undefined) throw new Error(`there is no participant ${number}`);
  return found;
}

describe('a publisher', () => {
  it('is told that nobody wants its stream, that somebody does, and that nobody does again', async () => {
    const daemon = await RunningDaemon.start();
    const sender = await publisher(daemon);
    expect(await wants(sender)).toEqual([false]);
    const watcher = await viewer(daemon);
    expect(await wants(sender)).toEqual([false, true]);
    const second = await viewer(daemon);
    second.raw.end();
    await second.closed;
    expect(await wants(sender)).toEqual([false, true]);
    watcher.sendControl({ type: 'bye', reason: 'enough' });
    await watcher.closed;
    await sender.answers.several(3, ({ type }) => type === 'want');
    expect(await wants(sender)).toEqual([false, true, false]);
  });

  it('is told at once that it is wanted when a viewer was there first', async () => {
    const daemon = await RunningDaemon.start();
    await viewer(daemon);
    expect(await wants(await publisher(daemon))).toEqual([true]);
  });

  it('is not wanted by viewers of another kind, of another room, of others, or by itself', async () => {
    const daemon = await RunningDaemon.start();
    const session = newSession();
    const sender = await publisher(daemon, { session });
    await viewer(daemon, { kind: 'video' });
    await viewer(daemon, { room: 'lab' });
    await viewer(daemon, { hello: { participants: [77] } });
    await viewer(daemon, { session });
    expect(await wants(sender)).toEqual([false]);
  });

  it('is wanted while a viewer selects it', async () => {
    const daemon = await RunningDaemon.start();
    const sender = await publisher(daemon);
    const watcher = await viewer(daemon, { hello: { participants: [] } });
    watcher.sendControl({ type: 'select', participants: [1] });
    await passed(watcher);
    watcher.sendControl({ type: 'select', participants: [] });
    await passed(watcher);
    expect(await wants(sender)).toEqual([false, true, false]);
  });

  it('is not wanted while the host holds its stream, though somebody watches', async () => {
    const daemon = await RunningDaemon.start();
    const sender = await publisher(daemon);
    await viewer(daemon);
    const { hub } = daemon.daemon;
    hub.hold(participantOf(daemon, 1), 'screen', true);
    expect(await wants(sender)).toEqual([false, true, false]);
    hub.hold(participantOf(daemon, 1), 'screen', false);
    expect(await wants(sender)).toEqual([false, true, false, true]);
  });

  it('that nobody wants is not shown as stalled for its silence, one that is wanted is', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const sender = await publisher(daemon);
    sendPictures(sender, 0, 0);
    await daemon.event('stream', ({ state }) => state === 'on');
    clock.advance(9000);
    await passed(sender);
    expect(eventsNamed(daemon, 'stream').map(({ state }) => state)).toEqual(['on']);
    const watcher = await viewer(daemon);
    clock.advance(3000);
    await passed(sender, watcher);
    expect(daemon.row().state).toBe('on');
    clock.advance(1000);
    await passed(sender, watcher);
    expect(daemon.row()).toMatchObject({ state: 'stalled', by: 'self' });
  });
});

describe('a daemon that records', () => {
  it('wants every stream, but for what the host holds', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'meet-wanted-'));
    const limits = limitsWith();
    const fs = systemRecordingFs;
    const recorder = framesRecorder({
      root: folder,
      fs,
      clock: systemClock,
      limits,
      onEvent: () => undefined,
    });
    const silent = { debug: noop, info: noop, warn: noop, error: noop };
    const daemon = await Daemon.start({
      ports: { screen: 0, video: 0, audio: 0 },
      host: '127.0.0.1',
      limits,
      clock: systemClock,
      logger: silent,
      software: 'meet test',
      openFiles: undefined,
      pool: new PicturePool({ clock: systemClock, limits }),
      recording: new RecordingSubscriber(recorder, systemClock),
      onEvent: noop,
    });
    onTestFinished(async () => {
      await daemon.close('the test has ended');
      await rm(folder, { recursive: true });
    });
    const sender = await NativeClient.join(daemon.ports.screen, 'screen');
    expect(await wants(sender)).toEqual([true]);
    const [participant] = daemon.hub.participants;
    if (participant === undefined) throw new Error('nobody is there');
    daemon.hub.hold(participant, 'screen', true);
    expect(await wants(sender)).toEqual([true, false]);
  });
});

function noop(): void {
  // Nobody listens.
}
