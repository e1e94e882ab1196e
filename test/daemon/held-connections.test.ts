import { describe, expect, it, onTestFinished } from 'vitest';
import type { Limits } from '../../src/transport/limits.js';
import { useElsewhere } from '../setup/elsewhere.js';
import { ManualClock } from '../setup/manual-clock.js';
import { NativeClient, newSession } from '../setup/native-client.js';
import { needs } from '../setup/programs.js';
import { RawSocket } from '../setup/raw-socket.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { TestIdentity } from '../setup/test-identity.js';
import { wireJpeg, wirePicture, wirePreamble } from '../setup/wire.js';
import { admit, greeted, opened } from './admission/admission-scene.js';

const PLACES = 8;
/** Here all along, and seen in the counts. */
const SHARERS = 1;
/** Twice a listener's places. */
const AT_ONCE = 2 * PLACES;
const BREACH = wirePicture({ payloadBytes: 0xffff_ffff }, Buffer.alloc(0));

/** A daemon whose time stands still, where somebody shares, and where one a second of a distrusted address is let through. */
async function slowTurns(
  limits: Partial<Limits> = {},
  openFiles?: number,
): Promise<{ daemon: RunningDaemon; clock: ManualClock }> {
  const clock = new ManualClock();
  const daemon = await RunningDaemon.start({
    clock,
    limits: { 'distrusted-per-second': 1, connections: PLACES, ...limits },
    ...(openFiles === undefined ? {} : { openFiles }),
  });
  await shares(daemon);
  return { daemon, clock };
}

/** Somebody whose pictures nobody is to hold up. */
async function shares(daemon: RunningDaemon): Promise<void> {
  const sharer = await NativeClient.join(daemon.ports.video, 'video');
  sharer.sendPicture();
  await daemon.frames.first(() => true);
}

/** Comes from there and says hello; what is answered is another matter. */
async function comes(daemon: RunningDaemon, localAddress: string): Promise<NativeClient> {
  const client = await NativeClient.connect(daemon.ports.screen, 'screen', { localAddress });
  client.send(wirePreamble('screen'), client.hello({ session: newSession() }));
  return client;
}

/** Comes in, is welcome, breaks the protocol and is cut. */
async function breaks(daemon: RunningDaemon, localAddress: string): Promise<void> {
  const client = await comes(daemon, localAddress);
  await client.answer('welcome');
  client.send(BREACH);
  await client.closed;
}

/** What may come at once of distrusted addresses is used up by one of that address. */
async function usesUp(daemon: RunningDaemon, localAddress: string): Promise<void> {
  const here = (): number => daemon.daemon.stats().process.connections;
  const before = here();
  for (let count = 0; count < AT_ONCE; count += 1) {
    const client = await comes(daemon, localAddress);
    await client.answer('welcome');
    client.raw.end();
    await client.closed;
  }
  await expect.poll(here, { interval: 2 }).toBe(before);
}

/** Resolves when so many are held. */
async function held(daemon: RunningDaemon, count: number): Promise<void> {
  await expect.poll(() => daemon.daemon.stats().process.held, { interval: 2 }).toBe(count);
}

describe('an address that broke the protocol', () => {
  it('is not read before it is its turn, while others come in at once', async () => {
    const { daemon, clock } = await slowTurns();
    await breaks(daemon, '127.0.9.1');
    clock.advance(1);
    await usesUp(daemon, '127.0.9.1');
    const waits = await comes(daemon, '127.0.9.1');
    await held(daemon, 1);
    await (await comes(daemon, '127.0.9.2')).answer('welcome');
    clock.advance(999);
    await (await comes(daemon, '127.0.9.2')).answer('welcome');
    expect(waits.answers.entries).toEqual([]);
    expect(daemon.daemon.stats().process).toMatchObject({ held: 1, connections: 2 + SHARERS });
    clock.advance(1);
    await waits.answer('welcome');
    await held(daemon, 0);
    // Those who were let in and not cut have given back what they took of the pace.
    for (let count = 0; count < 4; count += 1) {
      await (await comes(daemon, '127.0.9.1')).answer('welcome');
    }
  });

  it('is trusted again after distrusted-ms', async () => {
    const { daemon, clock } = await slowTurns({ 'distrusted-ms': 10_000, 'ping-ms': 3_600_000 });
    await breaks(daemon, '127.0.9.1');
    await usesUp(daemon, '127.0.9.1');
    clock.advance(10_000);
    for (let count = 0; count < PLACES; count += 1) {
      await (await comes(daemon, '127.0.9.1')).answer('welcome');
    }
    expect(daemon.daemon.stats().process.held).toBe(0);
  });

  it.each([
    ['a preamble that is never whole', Buffer.from('MEE'), 'MEET_HEADER_TIMEOUT'],
    ['what nobody understands', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'MEET_PROTOCOL'],
  ])('is also one from which came %s', async (_, bytes, code) => {
    const { daemon, clock } = await slowTurns({ 'header-ms': 1000 });
    const slow = await RawSocket.connect(daemon.ports.screen, { localAddress: '127.0.9.1' });
    await slow.sent(bytes);
    await expect
      .poll(() => {
        clock.advance(100);
        return slow.isClosed;
      })
      .toBe(true);
    await daemon.event('error', (event) => event.code === code);
    await usesUp(daemon, '127.0.9.1');
    await comes(daemon, '127.0.9.1');
    await held(daemon, 1);
  });

  it.each([
    ['trusted, where it was a peer that had been here for a while', 15_001, 0],
    ['distrusted, where it came for nothing else', 14_999, 1],
  ])('whose frame never came to its end is %s', async (_, hereMs, heldThen) => {
    const limits = { 'ping-ms': 3_600_000, 'body-ms': 1000, 'body-bytes-per-second': 1_000_000 };
    const { daemon, clock } = await slowTurns(limits);
    const client = await comes(daemon, '127.0.9.1');
    await client.answer('welcome');
    clock.advance(hereMs - 1100);
    client.send(wirePicture({}, wireJpeg(8, 8, 1000)).subarray(0, 100));
    await expect
      .poll(() => daemon.daemon.stats().process.halfReceivedBytes, { interval: 2 })
      .toBe(68);
    clock.advance(1100);
    await client.closed;
    await daemon.event('error', ({ code }) => code === 'MEET_BODY_TIMEOUT');
    await usesUp(daemon, '127.0.9.1');
    const next = await comes(daemon, '127.0.9.1');
    if (heldThen === 0) await next.answer('welcome');
    else await held(daemon, heldThen);
  });

  it('is not the one of a peer that only went away', async () => {
    const { daemon } = await slowTurns();
    for (let times = 0; times < AT_ONCE + 1; times += 1) {
      const client = await comes(daemon, '127.0.9.1');
      await client.answer('welcome');
      client.raw.reset();
      await client.closed;
    }
    await (await comes(daemon, '127.0.9.1')).answer('welcome');
  });

  it('takes no place of those who are let in, and is told when no more of it can be held', async () => {
    const { daemon } = await slowTurns({ 'connections-per-address': 2 });
    for (let end = 2; end <= PLACES; end += 1) {
      await (await comes(daemon, `127.0.9.${end}`)).answer('welcome');
    }
    await breaks(daemon, '127.0.9.1');
    await usesUp(daemon, '127.0.9.1');
    for (let count = 1; count <= 6; count += 1) {
      await comes(daemon, '127.0.9.1');
      await held(daemon, count);
    }
    const refused = await (await comes(daemon, '127.0.9.1')).answer('refused');
    expect(refused).toMatchObject({ code: 'MEET_TOO_MANY_CONNECTIONS', retryAfterMs: 1000 });
    expect(refused['message']).toBe(
      'more than 1 connections a second come from addresses that broke the protocol (--limit distrusted-per-second=N)',
    );
    await (await comes(daemon, '127.0.9.99')).answer('welcome');
    expect(daemon.daemon.stats().process).toMatchObject({ held: 6, connections: PLACES + SHARERS });
  });

  it('is not held where the limit of open files leaves no room', async () => {
    const { daemon } = await slowTurns({}, 3 * PLACES + 128);
    await breaks(daemon, '127.0.9.1');
    await usesUp(daemon, '127.0.9.1');
    const refused = await (await comes(daemon, '127.0.9.1')).answer('refused');
    expect(refused['code']).toBe('MEET_TOO_MANY_CONNECTIONS');
    expect(daemon.daemon.stats().process.held).toBe(0);
  });

  it('lets go of what is held when the daemon ends', async () => {
    const { daemon } = await slowTurns();
    await breaks(daemon, '127.0.9.1');
    await usesUp(daemon, '127.0.9.1');
    const waits = await comes(daemon, '127.0.9.1');
    await held(daemon, 1);
    await daemon.daemon.close('the test has ended');
    await waits.closed;
    expect(waits.answers.entries).toEqual([]);
  });
});

describe('attackers that come again at once, each time that they are cut', () => {
  it('are let through at the pace of the limit together, from however many addresses', async () => {
    const perSecond = 20;
    const attackers = 60;
    const places = 64;
    const limits = { 'distrusted-per-second': perSecond, connections: places };
    const daemon = await RunningDaemon.start({ limits });
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    let cut = 0;
    const attack = async (localAddress: string): Promise<void> => {
      while (!isOver) {
        const client = await comes(daemon, localAddress);
        client.send(BREACH);
        await client.closed;
        cut += 1;
      }
    };
    const beganMs = performance.now();
    for (let end = 1; end <= attackers; end += 1) attack(`127.0.9.${end}`).catch(() => undefined);
    await expect
      .poll(() => cut, { timeout: 20_000 })
      .toBeGreaterThan(attackers + 2 * places + perSecond);
    const { faults } = daemon.daemon.stats().process;
    const seconds = (performance.now() - beganMs) / 1000;
    // The first of each, twice the places at once, and then so many a second.
    const most = attackers + 2 * places + perSecond * seconds;
    expect(faults.MEET_FRAME_TOO_LARGE).toBeLessThanOrEqual(most);
  });
});

/** Comes over TLS and with that key, and returns how it is answered. */
async function comesWith(
  daemon: RunningDaemon,
  identity: TestIdentity,
  localAddress: string,
): Promise<string> {
  const client = await opened(daemon, { localAddress });
  return greeted(client, { credentials: identity.credentials(client.raw.socket) });
}

describe.skipIf(needs('ip'))('one who was let in before', () => {
  const { address } = useElsewhere();

  it('comes in with its key, though another of its address attacks with all that it may have', async () => {
    const daemon = await RunningDaemon.start({
      rules: {},
      limits: { 'distrusted-per-second': 16, connections: 32 },
    });
    const identity = new TestIdentity();
    const localAddress = address(1);
    const first = await opened(daemon, { localAddress });
    const credentials = identity.credentials(first.raw.socket);
    expect(await greeted(first, { credentials })).toBe('waiting');
    admit(daemon, 'kiosk');
    await first.answer('welcome');
    first.raw.end();
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    const attack = async (): Promise<void> => {
      while (!isOver) {
        const client = await NativeClient.connect(daemon.ports.screen, 'screen', { localAddress });
        client.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
        await client.closed;
      }
    };
    for (let count = 0; count < 8; count += 1) attack().catch(() => undefined);
    await expect.poll(() => daemon.daemon.stats().process.held).toBeGreaterThan(4);
    // One of nine has its turn, sixteen times a second; whoever waits too long comes again.
    const answers: string[] = [];
    while (answers.at(-1) !== 'welcome' && answers.length < 10) {
      answers.push(await comesWith(daemon, identity, localAddress).catch(() => 'dropped'));
    }
    expect(answers.at(-1)).toBe('welcome');
    expect(answers.slice(0, -1).filter((answer) => answer !== 'dropped')).toEqual([]);
  }, 60_000);
});
