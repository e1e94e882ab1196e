import { describe, expect, it, onTestFinished } from 'vitest';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { Daemon } from '../../src/daemon/daemon.js';
import { checkOpenFiles, openFileLimit, openFilesLeft } from '../../src/daemon/door.js';
import { PicturePool } from '../../src/daemon/picture-encoding/picture-pool.js';
import { systemClock } from '../../src/transport/clock.js';
import { limitsWith } from '../../src/transport/limits.js';
import { ManualClock } from '../setup/manual-clock.js';
import { NativeClient } from '../setup/native-client.js';
import { RawSocket } from '../setup/raw-socket.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { wirePreamble } from '../setup/wire.js';

describe('the limits on connections', () => {
  it('turn away one address beyond its own, with a reason, and let others in', async () => {
    const daemon = await RunningDaemon.start({ limits: { 'connections-per-address': 2 } });
    const { screen } = daemon.ports;
    const first = await NativeClient.join(screen, 'screen');
    await NativeClient.join(screen, 'screen');
    const third = await NativeClient.connect(screen, 'screen');
    const refused = await third.answer('refused');
    expect(refused).toMatchObject({ code: 'MEET_TOO_MANY_CONNECTIONS', retryAfterMs: 1000 });
    expect(refused.message).toBe(
      '127.0.0.1 has 2 connections to this port, limit is 2 (--limit connections-per-address=N)',
    );
    expect(third.preamble).toBe(wirePreamble('screen').toString('hex'));
    await third.closed;
    await daemon.event('error', ({ code }) => code === 'MEET_TOO_MANY_CONNECTIONS');

    await NativeClient.join(screen, 'screen', {}, { localAddress: '127.0.0.2' });
    expect(first.isClosed).toBe(false);
  });

  it('count each listener by itself', async () => {
    const daemon = await RunningDaemon.start({ limits: { 'connections-per-address': 1 } });
    await NativeClient.join(daemon.ports.screen, 'screen');
    await NativeClient.join(daemon.ports.video, 'video');
  });

  it('turn away beyond those of the listener, whoever comes', async () => {
    const daemon = await RunningDaemon.start({ limits: { connections: 3 } });
    for (const end of [2, 3, 4]) {
      await NativeClient.join(
        daemon.ports.screen,
        'screen',
        {},
        { localAddress: `127.0.0.${end}` },
      );
    }
    const more = await NativeClient.connect(daemon.ports.screen, 'screen', {
      localAddress: '127.0.0.5',
    });
    expect((await more.answer('refused')).message).toBe(
      'this port has 3 connections, limit is 3 (--limit connections=N)',
    );
    await more.closed;
  });

  it('give a place back when a connection ends, however it ends', async () => {
    const daemon = await RunningDaemon.start({ limits: { 'connections-per-address': 1 } });
    const { screen } = daemon.ports;
    const endings = [
      (client: NativeClient) => {
        client.raw.reset();
      },
      (client: NativeClient) => {
        client.raw.end();
      },
      (client: NativeClient) => {
        client.sendControl({ type: 'bye', reason: 'done' });
      },
      (client: NativeClient) => {
        client.send(Buffer.alloc(64, 0xff));
      },
    ];
    for (const end of endings) {
      const client = await NativeClient.join(screen, 'screen');
      end(client);
      await client.closed;
      await expect.poll(() => daemon.daemon.stats().process.connections).toBe(0);
    }
    await NativeClient.join(screen, 'screen');
  });

  it('hold against a flood: few get words, the rest is closed, and the sharer goes on', async () => {
    const daemon = await RunningDaemon.start({ limits: { 'connections-per-address': 1 } });
    const sharer = await NativeClient.join(daemon.ports.screen, 'screen');
    const flood = await Promise.all(
      Array.from({ length: 200 }, () => RawSocket.connect(daemon.ports.screen)),
    );
    await Promise.all(flood.map((peer) => peer.closed));
    sharer.sendPicture();
    await daemon.frames.several(1);
    expect(daemon.daemon.stats().process.connections).toBe(1);
    expect(daemon.log.entries.length).toBeLessThan(10);
  });
});

describe('those who are turned away', () => {
  it('are told why, 32 at once and 16 a second, and the others are closed late and unread', async () => {
    const clock = new ManualClock();
    const limits = { 'connections-per-address': 1 };
    const daemon = await RunningDaemon.start({ clock, limits });
    const { screen } = daemon.ports;
    await NativeClient.join(screen, 'screen');
    const closed: RawSocket[] = [];
    const come = async (count: number): Promise<void> => {
      for (let made = 0; made < count; made += 1) {
        const peer = await RawSocket.connect(screen);
        void peer.closed.then(() => closed.push(peer));
      }
    };
    const expectClosed = async (count: number, held: number): Promise<void> => {
      await expect.poll(() => closed.length, { interval: 2 }).toBe(count);
      expect(daemon.daemon.stats().process.held).toBe(held);
    };
    await come(40);
    await expectClosed(32, 8);
    clock.advance(1000);
    await come(20);
    await expectClosed(48, 12);
    expect(closed.map(({ received }) => received.includes('MEET_TOO_MANY'))).not.toContain(false);
    // Five seconds after they came, eight at each look.
    clock.advance(4000);
    await expectClosed(56, 4);
    clock.advance(1000);
    await expectClosed(60, 0);
    expect(closed.slice(48).map(({ received }) => received.length)).toEqual(Array(12).fill(0));
  });
});

describe('the open-file check', () => {
  it.each([
    [1024, false, undefined],
    [896, false, undefined],
    [895, false, 'MEET_OPEN_FILES'],
    [1920, true, undefined],
    [1919, true, 'MEET_OPEN_FILES'],
    [undefined, true, undefined],
  ] as const)('of 3 x 256 with %s files, recording %s, gives %s', (openFiles, recording, code) => {
    const check = (): void => {
      checkOpenFiles(limitsWith(), openFiles, recording);
    };
    if (code === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    [1024, false, 128],
    [1920, true, 0],
    [100, true, 0],
    [undefined, true, Infinity],
  ] as const)('of %s files, recording %s, leaves %s', (openFiles, recording, left) => {
    expect(openFilesLeft(limitsWith(), openFiles, recording)).toBe(left);
  });

  it('refuses to start a daemon, and says both ways to mend it', async () => {
    const started = RunningDaemon.start({ limits: { connections: 1000 }, openFiles: 1024 });
    await expect(started).rejects.toMatchObject({
      code: 'MEET_OPEN_FILES',
      message: expect.stringMatching(/ulimit -n 31\d\d.*--limit connections=N/) as unknown,
    });
  });

  it('knows the limit of this process on Linux', () => {
    expect(openFileLimit()).toBeGreaterThan(process.platform === 'linux' ? 63 : 0);
  });
});

describe('starting', () => {
  const start = (host: string, screen: number): Promise<Daemon> => {
    const limits = limitsWith();
    const silent = (): void => undefined;
    return Daemon.start({
      ports: { screen, video: 0, audio: 0 },
      host,
      limits,
      clock: systemClock,
      logger: { debug: silent, info: silent, warn: silent, error: silent },
      software: 'meet test',
      openFiles: undefined,
      pool: new PicturePool({ clock: systemClock, limits }),
      recording: undefined,
      onEvent: silent,
    });
  };

  it('fails in words where a port is taken, and lets go of the others', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(start('127.0.0.1', port)).rejects.toMatchObject({
      code: 'MEET_PORT_TAKEN',
      message: expect.stringContaining(`screen port ${port} on 127.0.0.1 is taken`) as unknown,
    });
  });

  it('fails in words where this machine does not have the address', async () => {
    await expect(start('192.0.2.1', 0)).rejects.toMatchObject({
      code: 'MEET_BIND',
      message: expect.stringContaining('--bind ADDR') as unknown,
    });
  });
});
