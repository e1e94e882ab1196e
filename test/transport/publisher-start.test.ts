import { describe, expect, it } from 'vitest';
import { Identity } from '../../src/transport/identity.js';
import { FaultProxy } from '../setup/fault-proxy.js';
import { ManualClock } from '../setup/manual-clock.js';
import { RunningDaemon, eventsNamed } from '../setup/running-daemon.js';
import { WireServer } from '../setup/wire-server.js';
import { wireControl, wirePreamble } from '../setup/wire.js';
import { Sharing } from './sharing.js';

describe('a stream that cannot start', () => {
  it('says at once that nothing listens there', async () => {
    const daemon = await RunningDaemon.start();
    const { screen } = daemon.ports;
    await daemon.daemon.close('ended');
    const sharing = new Sharing({ port: screen });
    await expect(sharing.stream.start()).rejects.toMatchObject({
      code: 'MEET_UNREACHABLE',
      message: `no daemon at 127.0.0.1 port ${screen}: nothing listens there; start it with: meet serve`,
    });
    expect(sharing.lost.entries).toEqual([]);
  });

  it('waits for a daemon as long as it was told, and joins when it comes', async () => {
    const former = await RunningDaemon.start();
    const { ports } = former;
    await former.daemon.close('ended');
    const sharing = new Sharing({ port: ports.screen, waitMs: 20_000 });
    const starting = sharing.stream.start();
    await sharing.lost.several(3);
    const daemon = await RunningDaemon.start({ ports });
    await starting;
    sharing.send();
    await daemon.frames.several(1);
  });

  it('gives up when that time is over', async () => {
    const daemon = await RunningDaemon.start();
    const { screen } = daemon.ports;
    await daemon.daemon.close('ended');
    const clock = new ManualClock();
    const sharing = new Sharing({ port: screen, waitMs: 10_000, clock, random: () => 0.99 });
    const starting = sharing.stream.start();
    const outcome = expect(starting).rejects.toMatchObject({ code: 'MEET_UNREACHABLE' });
    let waitedMs = 0;
    while (waitedMs < 10_000) {
      const attempts = sharing.lost.entries.length + 1;
      const { retryInMs } = (await sharing.lost.several(attempts)).at(-1) ?? { retryInMs: NaN };
      expect(retryInMs).toBeLessThanOrEqual(10_000 - waitedMs + 1e-6);
      clock.advance(retryInMs);
      waitedMs += retryInMs;
      if (waitedMs > 9999.9) break;
    }
    await outcome;
  });

  it.each([
    ['takes other kinds', 'MEET_WRONG_PORT', undefined],
    ['is HTTP', 'MEET_PROTOCOL', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    [
      'speaks no version of ours',
      'MEET_VERSION',
      Buffer.concat([
        wirePreamble('screen', 1),
        wireControl({ type: 'refused', code: 'MEET_VERSION', message: 'too old', versions: [9] }),
      ]),
    ],
    [
      'refuses with a code of a later version',
      'MEET_NOT_ADMITTED',
      Buffer.concat([
        wirePreamble('screen', 1),
        wireControl({ type: 'refused', code: 'MEET_MOON_PHASE', message: 'not tonight' }),
      ]),
    ],
  ])('fails at once, whatever the waiting time, on a port that %s', async (_, code, greeting) => {
    const port =
      greeting === undefined
        ? (await RunningDaemon.start()).ports.video
        : (await WireServer.listen({ greeting: () => greeting })).port;
    const sharing = new Sharing({ port, waitMs: 60_000 });
    await expect(sharing.stream.start()).rejects.toMatchObject({ code });
    expect(sharing.lost.entries).toEqual([]);
  });

  it('asks whether it is a daemon when a port takes the connection and says nothing', async () => {
    const server = await WireServer.listen({ greeting: () => undefined });
    const clock = new ManualClock();
    const sharing = new Sharing({ port: server.port, clock });
    const failed = expect(sharing.stream.start()).rejects.toMatchObject({
      code: 'MEET_PROTOCOL',
      message: expect.stringMatching(
        /did not say welcome in 5 s; is it a meet daemon\?/,
      ) as unknown,
    });
    await server.records.several(1);
    clock.advance(5000);
    await failed;
    await expect.poll(() => server.sockets[0]?.destroyed).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('can come back when there was no room for a connection', async () => {
    const daemon = await RunningDaemon.start({ limits: { 'connections-per-address': 1 } });
    const first = new Sharing({ port: daemon.ports.screen });
    await first.stream.start();
    const second = new Sharing({ port: daemon.ports.screen, waitMs: 20_000 });
    const starting = second.stream.start();
    const { fault } = await second.lost.first(() => true);
    expect(fault.code).toBe('MEET_TOO_MANY_CONNECTIONS');
    await first.stream.close();
    await starting;
    expect(eventsNamed(daemon, 'joined').length).toBe(2);
  });

  it.each([
    ['before its welcome comes', undefined],
    ['before it has proven its key', Identity.generate().identity],
  ])('leaves nobody at the daemon who may come back when it is ended %s', async (_, identity) => {
    const daemon = await RunningDaemon.start();
    const proxy = await FaultProxy.listen(daemon.ports.screen);
    proxy.faults.down = { latencyMs: 20_000 };
    const trust = (): void => undefined;
    const security = { tls: 'off', ca: undefined, trust, identity, invite: undefined } as const;
    const sharing = new Sharing({ port: proxy.port, security });
    const starting = sharing.stream.start();
    starting.catch(() => undefined);
    await expect.poll(() => daemon.daemon.stats().process.connections).toBe(1);
    if (identity === undefined) await daemon.event('joined');
    else await expect.poll(() => proxy.passedBytes.up).toBeGreaterThan(100);
    await sharing.stream.close();
    await expect(starting).rejects.toMatchObject({ code: 'MEET_CLOSED' });
    await expect.poll(() => daemon.daemon.stats().process.connections).toBe(0);
    expect(daemon.names).toEqual([]);
    expect(daemon.daemon.stats().process.faults).toEqual({});
  });
});
