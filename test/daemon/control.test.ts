import { describe, expect, it } from 'vitest';
import { RunningDaemon } from '../setup/running-daemon.js';
import { ControlPeer, openDaemonSocket, runtimeFolder } from './control-scene.js';
import { numbered, passed, publisher, sendPictures, viewer } from './relay-scene.js';

async function scene() {
  const env = await runtimeFolder();
  const daemon = await RunningDaemon.start({ limits: { 'connections-per-address': 256 } });
  const name = await openDaemonSocket(env, daemon);
  const host = await ControlPeer.open(env, name);
  return { env, daemon, name, host };
}

describe('a toggle on the control socket of a daemon', () => {
  it('stops one kind or all, starts them again, and is acknowledged each time', async () => {
    const { daemon, host } = await scene();
    const sender = await publisher(daemon, { name: 'lab 7' });
    sendPictures(sender, 0, 0);
    await passed(sender);
    const stop = { type: 'toggle', action: 'stop', target: 'lab 7', kind: 'screen' } as const;
    const first = await host.ask(stop);
    expect(first).toMatchObject({
      ok: true,
      data: { participant: 1, name: 'lab 7', changed: true, held: ['screen'] },
    });
    expect(first.data?.['streams']).toMatchObject([{ kind: 'screen', self: 'on', host: 'off' }]);
    expect((await host.ask(stop)).data).toMatchObject({ changed: false, held: ['screen'] });
    expect((await host.ask({ ...stop, kind: undefined })).data).toMatchObject({
      changed: true,
      held: ['screen', 'video', 'audio'],
    });
    const start = { type: 'toggle', action: 'start', target: '1' } as const;
    expect((await host.ask(start)).data).toMatchObject({ changed: true, held: [] });
    expect((await host.ask(start)).data).toMatchObject({ changed: false, held: [] });
    sendPictures(sender, 1, 1);
    await daemon.frames.several(2);
  });

  it('mutes and unmutes the audio, and refuses to mute a picture', async () => {
    const { daemon, host } = await scene();
    await publisher(daemon, { name: 'lab 7' });
    const mute = { type: 'toggle', action: 'mute', target: 'lab 7' } as const;
    expect((await host.ask({ ...mute, kind: 'audio' })).data).toMatchObject({ held: ['audio'] });
    expect(await host.ask({ ...mute, kind: 'screen' })).toMatchObject({
      ok: false,
      code: 'MEET_USAGE',
      message: 'mute is for audio; for screen it is: stop',
    });
    const unmute = await host.ask({ type: 'toggle', action: 'unmute', target: 'lab 7' });
    expect(unmute.data).toMatchObject({ held: [], changed: true });
  });

  it('sends away, for good', async () => {
    const { daemon, host } = await scene();
    const sender = await publisher(daemon, { name: 'lab 7' });
    expect((await host.ask({ type: 'toggle', action: 'kick', target: 'lab 7' })).data).toEqual({
      participant: 1,
      name: 'lab 7',
      changed: true,
    });
    await sender.closed;
    expect(daemon.names).toEqual([]);
  });

  it.each([
    ['lab7', 'there is no participant "lab7" (did you mean "lab 7"?); there are: lab 7 (1)'],
    ['x'.repeat(9000), 'there are: lab 7 (1)'],
    [undefined, 'there is no participant ""'],
  ])('names the nearest participant when nobody is called %s', async (target, words) => {
    const { daemon, host } = await scene();
    await publisher(daemon, { name: 'lab 7' });
    const answer = await host.ask({ type: 'toggle', action: 'stop', target });
    expect(answer).toMatchObject({ ok: false, code: 'MEET_USAGE' });
    expect(answer.message).toContain(words);
    expect(answer.message?.length).toBeLessThan(300);
  });

  it('asks for a number when two rooms have the same name', async () => {
    const { daemon, host } = await scene();
    await publisher(daemon, { name: 'lab 7' });
    await publisher(daemon, { name: 'lab 7', room: 'shop' });
    const answer = await host.ask({ type: 'toggle', action: 'stop', target: 'lab 7' });
    expect(answer.message).toContain('there are several participants "lab 7"');
    expect(answer.message).toContain('lab 7 (1), lab 7 (2)');
    expect(await host.ask({ type: 'toggle', action: 'stop', target: '2' })).toMatchObject({
      data: { participant: 2 },
    });
  });
});

describe('the control socket of a daemon', () => {
  it('tells who is there, what comes, the ports and the address', async () => {
    const { daemon, host } = await scene();
    const sender = await publisher(daemon, { name: 'lab 7', room: 'shop' });
    await viewer(daemon);
    sendPictures(sender, 0, 3);
    await passed(sender);
    const { data } = await host.ask({ type: 'query', what: 'status' });
    expect(data).toMatchObject({
      participants: [
        {
          ...{ participant: 1, name: 'lab 7', room: 'shop', origin: 'native', watching: false },
          ...{ address: '127.0.0.1', streams: [{ kind: 'screen', self: 'on', host: 'on' }] },
        },
        { participant: 2, watching: true, streams: [] },
      ],
      streams: [{ participant: 1, kind: 'screen', frames: 4, state: 'on' }],
      host: '127.0.0.1',
      ports: daemon.ports,
    });
  });

  it('tells the state of a hundred and fifty participants', async () => {
    const { daemon, host } = await scene();
    for (let at = 0; at < 150; at += 1) await publisher(daemon, { name: `kiosk ${at}` });
    const { data } = await host.ask({ type: 'query', what: 'status' });
    expect(data?.['participants']).toHaveLength(150);
    expect(JSON.stringify(data).length).toBeGreaterThan(64 * 1024);
  });

  it('tells what is now and then what happens, once, to who asks for events', async () => {
    const { daemon, host } = await scene();
    const sender = await publisher(daemon, { name: 'lab 7' });
    sendPictures(sender, 0, 0);
    await passed(sender);
    await host.ask({ type: 'query', what: 'events' });
    await host.ask({ type: 'query', what: 'events' });
    sender.sendControl({ type: 'chat', text: 'hello' });
    sender.sendControl({ type: 'bye', reason: 'home' });
    await host.records.first(
      (record) => record.type === 'event' && record.event['event'] === 'left',
    );
    const events = host.records.entries.flatMap((each) =>
      each.type === 'event' ? [each.event] : [],
    );
    const at = '2026-11-23T12:00:00.000Z';
    expect(events.map(({ event }) => event)).toEqual([
      'joined',
      'stream',
      'chat',
      'stream',
      'left',
    ]);
    expect(events[0]).toMatchObject({ name: 'lab 7', at });
    expect(events[1]).toMatchObject({ kind: 'screen', state: 'on', by: 'self', at });
    expect(events[2]).toMatchObject({ text: 'hello', at });
  });

  it('gives the newest picture as a record, then says whose it is', async () => {
    const { daemon, host } = await scene();
    const sender = await publisher(daemon, { name: 'lab 7' });
    sendPictures(sender, 0, 5);
    await passed(sender);
    const snapshot = { type: 'query', what: 'snapshot', target: 'lab 7' } as const;
    expect(await host.ask(snapshot)).toMatchObject({
      data: { name: 'lab 7', kind: 'screen', capturedAtUs: 1005 },
    });
    expect(host.frames.entries.map(({ payload }) => payload)).toEqual([numbered(5)]);
    const camera = await host.ask({ ...snapshot, kind: 'video' });
    expect(camera).toMatchObject({ ok: false, code: 'MEET_DEVICE_SILENT' });
    expect(camera.message).toBe('lab 7 has shown no video yet');
  });

  it('says to all rooms what the host says', async () => {
    const { daemon, host } = await scene();
    const watcher = await viewer(daemon, { room: 'shop' });
    host.connection.send({ type: 'chat', text: 'five minutes' });
    expect(await watcher.answer('chat')).toMatchObject({ name: 'host', text: 'five minutes' });
  });

  it('answers records that are not for it with an error', async () => {
    const { host } = await scene();
    host.connection.send({ type: 'want', wanted: true });
    const error = await host.records.first(({ type }) => type === 'error');
    expect(error).toMatchObject({ message: '"want" is not for a control socket' });
  });
});
