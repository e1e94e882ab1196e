import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { useElsewhere } from '../../setup/elsewhere.js';
import { KeyUpdates } from '../../setup/key-updates.js';
import { NativeClient, newSession } from '../../setup/native-client.js';
import { needs } from '../../setup/programs.js';
import { RunningDaemon, eventsNamed } from '../../setup/running-daemon.js';
import { TestIdentity } from '../../setup/test-identity.js';
import { wireControl, wireJpeg, wirePicture, wirePreamble } from '../../setup/wire.js';
import { expectUntouched, invited } from './admission-scene.js';

/** 756 kB, more than is read of a stranger at once. */
const MANY = 28_000;
/** One turn of reading, 32 reads of 16 KiB, behind what may say nothing before it. */
const AT_ONCE_BYTES = (512 + 96) * 1024;
/** Making so many takes a busy core longer than a stranger has for its hello. */
const PATIENT = { 'header-ms': 60_000 };

/** Also of one that is reset, which is an error to `once`. */
function closed(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
}

describe.skipIf(needs('ip'))('TLS in which nothing is said', () => {
  const { address } = useElsewhere();

  /** A TLS client whose records can be made by hand. */
  async function handmade(
    { ports }: RunningDaemon,
    localAddress: string,
  ): Promise<{ raw: Socket; secure: TLSSocket; updates: (sent: number) => KeyUpdates }> {
    const raw = connect({ port: ports.screen, host: '127.0.0.1', localAddress, noDelay: true });
    const secure = connectTls({
      ...{ socket: raw, rejectUnauthorized: false, ALPNProtocols: ['meet/1'] },
    });
    onTestFinished(() => void secure.destroy());
    secure.on('error', () => undefined);
    let secret = Buffer.alloc(0);
    secure.on('keylog', (line: Buffer) => {
      const [label, , hex = ''] = line.toString('latin1').trim().split(' ');
      if (label === 'CLIENT_TRAFFIC_SECRET_0') secret = Buffer.from(hex, 'hex');
    });
    secure.resume();
    await once(secure, 'secureConnect');
    // Its last bytes of the handshake are written behind this event.
    await nextTurn();
    return { raw, secure, updates: (sent) => new KeyUpdates(secure, secret, sent) };
  }

  /** Written as records of TLS that are as large as they may be (RFC 8446, 5.1); how many. */
  async function inRecords(secure: TLSSocket, bytes: Buffer): Promise<number> {
    const mostBytes = 16 * 1024;
    for (let at = 0; at < bytes.length; at += mostBytes) {
      const part = bytes.subarray(at, at + mostBytes);
      await new Promise((resolve) => secure.write(part, resolve));
    }
    return Math.ceil(bytes.length / mostBytes);
  }

  async function cut(daemon: RunningDaemon): Promise<number> {
    const { code, message } = { code: '', message: '', ...(await daemon.event('error')) };
    expect(code).toBe('MEET_TLS_FAILED');
    const [, bytes] = /carried (\d+) bytes that say nothing/.exec(message) ?? [];
    return Number(bytes);
  }

  it('is cut before more is read than came at once: of one who has not said hello', async () => {
    const daemon = await RunningDaemon.start({ rules: {}, limits: PATIENT });
    const { raw, secure, updates } = await handmade(daemon, address(1));
    raw.write(updates(0).next(MANY));
    expect(await cut(daemon)).toBeLessThan(AT_ONCE_BYTES);
    await closed(secure);
    expectUntouched(daemon);
  });

  it('is cut before more is read than came at once: of one who waits', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const { raw, secure, updates } = await handmade(daemon, address(1));
    const hello = {
      type: 'hello',
      versions: [1],
      role: 'publish',
      name: 'k',
      session: newSession(),
    };
    secure.write(Buffer.concat([wirePreamble('screen'), wireControl(hello)]));
    await daemon.event('waiting');
    raw.write(updates(1).next(MANY));
    expect(await cut(daemon)).toBeLessThan(AT_ONCE_BYTES);
    await closed(secure);
    expect(daemon.daemon.admission.room.entries).toEqual([]);
  });

  it('is cut of one who was let in, too, and of one who says a byte a record', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const { token } = invited(daemon);
    const hello = { credentials: { invite: token } };
    const options = { tls: {}, localAddress: address(1) };
    const client = await NativeClient.join(daemon.ports.screen, 'screen', hello, options);
    const first = wireControl({ type: 'hand', up: true }).subarray(0, 1);
    for (let sent = 0; sent < 20_000 && !client.isClosed; sent += 1) {
      await client.raw.sent(first);
      await nextTurn();
    }
    await client.closed;
    expect(await cut(daemon)).toBeGreaterThan(16 * 1024);
  });

  it('is not what many small records are, each in TLS of its own', async () => {
    const daemon = await RunningDaemon.start({
      ...{ rules: {}, limits: { 'small-records-per-second': 100_000 } },
    });
    const { token } = invited(daemon);
    const hello = { credentials: { invite: token } };
    const options = { tls: {}, localAddress: address(1) };
    const client = await NativeClient.join(daemon.ports.screen, 'screen', hello, options);
    const record = wirePicture({});
    // 440 kB of TLS's own.
    for (let sent = 0; sent < 20_000; sent += 1) await client.raw.sent(record);
    await client.settled();
    expect(client.isClosed).toBe(false);
  });

  it('is cut of one who has said much before, which waits when it comes again', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const identity = new TestIdentity();
    const { token } = invited(daemon);
    const { raw, secure, updates } = await handmade(daemon, address(1));
    const hello = (socket: unknown): Buffer =>
      wireControl({
        ...{ type: 'hello', versions: [1], role: 'publish', name: 'k', session: newSession() },
        credentials: { invite: token, ...identity.credentials(socket) },
      });
    secure.write(Buffer.concat([wirePreamble('screen'), hello(secure)]));
    await daemon.event('joined');
    const records = await inRecords(secure, wirePicture({}, wireJpeg(64, 48, 2_000_000)));
    await daemon.frames.first(() => true);
    const gone = closed(secure);
    raw.write(updates(1 + records).next(MANY));
    expect(await cut(daemon)).toBeLessThan(1024 * 1024);
    await gone;

    const back = await NativeClient.connect(daemon.ports.screen, 'screen', {
      ...{ tls: {}, localAddress: address(1) },
    });
    back.send(wirePreamble('screen'), hello(back.raw.socket));
    const answer = await back.answers.first(({ type }) => type === 'waiting' || type === 'welcome');
    expect(answer.type).toBe('waiting');
  });

  it('is cut of one who is being sent away and reads its last words', async () => {
    const daemon = await RunningDaemon.start({ rules: {}, limits: { 'bad-credentials': 1 } });
    const { token } = invited(daemon);
    const { raw, secure, updates } = await handmade(daemon, address(1));
    const hello = { versions: [1], role: 'subscribe', name: 'k', session: newSession() };
    const credentials = { invite: token };
    secure.write(
      Buffer.concat([
        wirePreamble('screen'),
        wireControl({ type: 'hello', ...hello, credentials }),
      ]),
    );
    await daemon.event('joined');
    const many = updates(2).next(6000);
    const sent = await inRecords(secure, wirePicture({}));
    expect(sent).toBe(1);
    raw.write(many);
    await closed(secure);
    const { code } = { code: '', ...(await daemon.event('error')) };
    expect(code).toBe('MEET_PROTOCOL');
    expect(daemon.daemon.admission.bad.refusal(address(1))).toBeDefined();
  });

  it('is cut with all other connections of the same key, and with nobody else', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const identity = new TestIdentity();
    const { token } = invited(daemon);
    const hello = (socket: unknown, name: string): Buffer =>
      wireControl({
        ...{ type: 'hello', versions: [1], role: 'subscribe', name, session: newSession() },
        credentials: { invite: token, ...identity.credentials(socket) },
      });
    const options = { tls: {}, localAddress: address(1) };
    const others: NativeClient[] = [];
    for (const name of ['here', 'there']) {
      const other = await NativeClient.connect(daemon.ports.video, 'video', options);
      other.send(wirePreamble('video'), hello(other.raw.socket, name));
      await other.answer('welcome');
      others.push(other);
    }
    const stranger = await NativeClient.join(
      daemon.ports.screen,
      'screen',
      { name: 'another', credentials: { invite: token } },
      options,
    );
    const { raw, secure, updates } = await handmade(daemon, address(1));
    secure.write(Buffer.concat([wirePreamble('screen'), hello(secure, 'k')]));
    await daemon.event('joined', ({ name }) => name === 'k');
    raw.write(updates(1).next(6000));
    await closed(secure);
    await Promise.all(others.map((other) => other.closed));
    await stranger.settled();
    expect(stranger.isClosed).toBe(false);
    expect(daemon.daemon.stats().process.faults).toEqual({ MEET_TLS_FAILED: 3 });
  });

  it('counts as bad credentials: its address is not heard for a while', async () => {
    const daemon = await RunningDaemon.start({
      rules: {},
      limits: { ...PATIENT, 'bad-credentials': 2 },
    });
    for (let round = 0; round < 2; round += 1) {
      const { raw, secure, updates } = await handmade(daemon, address(1));
      raw.write(updates(0).next(MANY));
      await closed(secure);
    }
    const late = await NativeClient.connect(daemon.ports.screen, 'screen', {
      localAddress: address(1),
    });
    late.send(wirePreamble('screen'));
    expect(await late.answer('refused')).toMatchObject({ code: 'MEET_ADDRESS_REFUSED' });
    expect(eventsNamed(daemon, 'joined')).toEqual([]);
  });
});
