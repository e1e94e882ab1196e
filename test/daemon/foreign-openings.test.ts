import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import { ManualClock } from '../setup/manual-clock.js';
import { NativeClient } from '../setup/native-client.js';
import { RawSocket } from '../setup/raw-socket.js';
import { RunningDaemon, eventsNamed } from '../setup/running-daemon.js';
import { olderFrame, wireJpeg } from '../setup/wire.js';

/** A ClientHello as `openssl s_client` begins it. */
const CLIENT_HELLO = Buffer.from('1603010200010001fc0303' + '5a'.repeat(506), 'hex');

/** A fatal alert, protocol_version (RFC 8446, B.1 and B.2). */
const ALERT = Buffer.from('15030100020246', 'hex');

const FOREIGN = [
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: kiosk\r\n\r\n'), 'MEET_PROTOCOL'],
  ['an SSH client', Buffer.from('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'), 'MEET_PROTOCOL'],
  ['a TLS ClientHello', CLIENT_HELLO, 'MEET_TLS_UNAVAILABLE'],
  ['noise', Buffer.from('8f2ce1907bd3a65519fe', 'hex'), 'MEET_PROTOCOL'],
  ['zeros', Buffer.alloc(64), 'MEET_PROTOCOL'],
  ['a magic that is nearly ours', Buffer.from('MEEP\x01\x01\0\0'), 'MEET_PROTOCOL'],
] as const;

describe.each(STREAM_KINDS)('the %s port', (kind) => {
  it.each(FOREIGN)('closes %s at once, and says so in one line', async (_, bytes, code) => {
    const daemon = await RunningDaemon.start();
    const foreign = await RawSocket.connect(daemon.ports[kind]);
    foreign.send(bytes);
    await foreign.closed;
    expect(foreign.received).toEqual(bytes === CLIENT_HELLO ? ALERT : Buffer.alloc(0));
    const lines = await daemon.log.several(1);
    expect(lines).toMatchObject([{ level: 'warn', fields: { code, address: '127.0.0.1' } }]);
    expect(eventsNamed(daemon, 'error')).toMatchObject([{ code, address: '127.0.0.1' }]);
    expect(daemon.daemon.stats().process).toMatchObject({ connections: 0, participants: 0 });
  });

  it('closes foreign bytes that come one by one as soon as they can be told', async () => {
    const daemon = await RunningDaemon.start();
    const foreign = await RawSocket.connect(daemon.ports[kind]);
    for (const byte of Buffer.from('GET / HT')) {
      if (foreign.isClosed) break;
      foreign.send(Buffer.from([byte]));
    }
    await foreign.closed;
  });
});

describe('foreign peers', () => {
  it('are closed within 100 ms while a sharer notices nothing', async () => {
    const daemon = await RunningDaemon.start();
    const sharer = await NativeClient.join(daemon.ports.screen, 'screen');
    // In the order of events: five pictures, one each 20 ms, take longer than any close may.
    const happened: string[] = [];
    const [, http] = FOREIGN[0];
    const foreign = await RawSocket.connect(daemon.ports.screen);
    void foreign.closed.then(() => happened.push('closed'));
    foreign.send(http);
    for (let sequence = 0; sequence < 5; sequence += 1) {
      sharer.sendPicture({ sequence });
      await daemon.frames.several(sequence + 1);
      happened.push('picture');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(happened).toContain('closed');
    expect(happened.indexOf('closed')).toBeLessThan(5);
    expect(daemon.row()).toMatchObject({ frames: 5, lost: 0, state: 'on' });
  });

  it('are one log line a second however many they are, and the others are counted', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const knock = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        const foreign = await RawSocket.connect(daemon.ports.audio);
        foreign.send(Buffer.from('POST / HTTP/1.1\r\n\r\n'));
        await foreign.closed;
      }
    };
    await knock(30);
    expect(daemon.log.entries.length).toBe(1);
    clock.advance(1000);
    await knock(1);
    const [, second] = await daemon.log.several(2);
    expect(second?.fields).toMatchObject({ suppressed: 29 });
    expect(eventsNamed(daemon, 'error').length).toBe(2);
  });

  it('leave nothing of theirs in a log line but hex', async () => {
    const daemon = await RunningDaemon.start();
    const foreign = await RawSocket.connect(daemon.ports.screen);
    foreign.send(Buffer.from('\u001b]0;owned\u0007'));
    await foreign.closed;
    const [line] = await daemon.log.several(1);
    expect(line?.words).not.toMatch(/\p{C}/u);
    expect(line?.words).toContain('1b');
  });

  it('that speak real TLS learn at once, in its own words, that it is not spoken here', async () => {
    const daemon = await RunningDaemon.start();
    const socket = connectTls({ port: daemon.ports.video, host: '127.0.0.1' });
    onTestFinished(() => void socket.destroy());
    const code = await new Promise((resolve) => {
      socket.once('error', (error: Error) => {
        resolve('code' in error ? error.code : error.message);
      });
    });
    expect(code).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    const line = await daemon.log.first(() => true);
    expect(line.fields).toMatchObject({ code: 'MEET_TLS_UNAVAILABLE' });
  });

  it('are told apart from an older client, also when its bytes come one by one', async () => {
    const daemon = await RunningDaemon.start();
    const older = await RawSocket.connect(daemon.ports.screen);
    for (const byte of olderFrame('screen', wireJpeg())) await older.sent(Buffer.from([byte]));
    await daemon.frames.several(1);
    expect(older.isClosed).toBe(false);
  });
});
