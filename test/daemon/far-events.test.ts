import { describe, expect, it } from 'vitest';
import { NativeClient } from '../setup/native-client.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { publisher, viewer } from './relay-scene.js';

/** The daemon's events as this peer was told them. */
function eventsOf(peer: NativeClient): Record<string, unknown>[] {
  return peer.answers.entries.flatMap((answer) =>
    answer.type === 'event' ? [answer['event'] as Record<string, unknown>] : [],
  );
}

/** Asks for events; resolves when all that is now has been told. */
async function follow(peer: NativeClient, id = 1): Promise<void> {
  peer.sendControl({ type: 'query', id, what: 'events' });
  await peer.answers.first((answer) => answer.type === 'done' && answer['id'] === id);
}

async function makeHost(daemon: RunningDaemon, role: 'host' | 'watch'): Promise<NativeClient> {
  const { token } = daemon.daemon.admission.invites.create({
    role,
    room: undefined,
    once: false,
    expiresMs: 60_000,
  });
  const hello = { role: 'subscribe', credentials: { invite: token } };
  return NativeClient.join(daemon.ports.screen, 'screen', hello);
}

describe('events over TCP', () => {
  it('tell a participant what its room shows it: no addresses, no other room, not itself', async () => {
    const daemon = await RunningDaemon.start();
    const kiosk = await publisher(daemon, { name: 'kiosk' });
    await publisher(daemon, { name: 'elsewhere', room: 'lab' });
    const watcher = await viewer(daemon, { name: 'watcher' });
    await follow(watcher);
    await follow(watcher, 2);
    expect(eventsOf(watcher)).toMatchObject([
      { event: 'joined', name: 'kiosk', room: 'main' },
      { event: 'stream', name: 'kiosk', kind: 'screen', room: 'main' },
    ]);
    expect(Object.keys(eventsOf(watcher)[0] ?? {})).not.toContain('address');
    kiosk.sendControl({ type: 'hand', up: true });
    kiosk.sendControl({ type: 'chat', text: 'hello' });
    const lab = await publisher(daemon, { name: 'another', room: 'lab' });
    lab.sendControl({ type: 'chat', text: 'not for you' });
    await lab.settled();
    daemon.daemon.chat.sayAsHost('to all');
    kiosk.sendControl({ type: 'bye', reason: 'done' });
    await kiosk.closed;
    await watcher.settled();
    const after = eventsOf(watcher).slice(2);
    expect(after.map(({ event }) => event)).toEqual(['hand', 'chat', 'chat', 'left']);
    expect(after).toMatchObject([
      { name: 'kiosk', up: true },
      { text: 'hello', room: 'main' },
      { text: 'to all', participant: 0 },
      { name: 'kiosk' },
    ]);
  });

  it('tell a host everything, who is let in by key among it', async () => {
    const daemon = await RunningDaemon.start();
    await publisher(daemon, { name: 'elsewhere', room: 'lab' });
    const host = await makeHost(daemon, 'host');
    await follow(host);
    expect(eventsOf(host)).toMatchObject([
      { event: 'joined', name: 'elsewhere', room: 'lab', address: '127.0.0.1' },
      { event: 'stream' },
    ]);
    host.sendControl({ type: 'query', id: 5, what: 'admitted' });
    expect(await host.answers.first((answer) => answer['id'] === 5)).toMatchObject({
      ok: true,
      data: { admitted: [] },
    });
  });

  it('are not told any more when the connection is gone', async () => {
    const daemon = await RunningDaemon.start();
    const watcher = await viewer(daemon, { name: 'watcher' });
    await follow(watcher);
    watcher.raw.end();
    await watcher.closed;
    await publisher(daemon, { name: 'late' });
    expect(eventsOf(watcher)).toEqual([]);
  });
});

describe('what takes the role of a host', () => {
  it.each([
    { type: 'query', what: 'admitted' },
    { type: 'query', what: 'status' },
    { type: 'query', what: 'waiting' },
    { type: 'toggle', action: 'stop', target: 'kiosk' },
    { type: 'admission', action: 'forget', target: 'kiosk' },
  ])('is refused without it, with the words to get it: $type $what$action', async (request) => {
    const daemon = await RunningDaemon.start();
    await publisher(daemon, { name: 'kiosk' });
    const watcher = await makeHost(daemon, 'watch');
    watcher.sendControl({ ...request, id: 7 });
    const answer = await watcher.answers.first((each) => each['id'] === 7);
    expect(answer).toMatchObject({ ok: false, code: 'MEET_ROLE' });
    expect(answer['message']).toContain(
      'it takes the role "host"; there it is given with: meet ctl',
    );
  });
});
