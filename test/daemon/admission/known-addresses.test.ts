import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KnownAddresses } from '../../../src/daemon/admission/known-addresses.js';
import { limitsWith } from '../../../src/transport/limits.js';
import { useElsewhere } from '../../setup/elsewhere.js';
import { ManualClock } from '../../setup/manual-clock.js';
import { NativeClient, newSession } from '../../setup/native-client.js';
import { needs } from '../../setup/programs.js';
import { RunningDaemon } from '../../setup/running-daemon.js';
import { wireControl, wirePicture, wirePreamble } from '../../setup/wire.js';
import { admit, greeted } from './admission-scene.js';

const HOUR_MS = 3_600_000;

describe('the address of somebody who was let in', () => {
  function scene(): { clock: ManualClock; known: KnownAddresses } {
    const clock = new ManualClock();
    return {
      clock,
      known: new KnownAddresses(clock, limitsWith({ 'connections-per-address': 2 })),
    };
  }

  it('is known for an hour after it was seen, all of its IPv6 /64 with it', () => {
    const { clock, known } = scene();
    expect(known.has('192.0.2.7')).toBe(false);
    known.note('192.0.2.7');
    known.note('fd00:1:2:3::1');
    clock.advance(HOUR_MS);
    expect([known.has('192.0.2.7'), known.has('fd00:1:2:3::9')]).toEqual([true, true]);
    expect([known.has('192.0.2.8'), known.has('fd00:1:2:4::1')]).toEqual([false, false]);
    clock.advance(1);
    expect(known.has('192.0.2.7')).toBe(false);
  });

  it('has a part of its own, which fills up again, and which others can neither use nor use up', () => {
    const { clock, known } = scene();
    known.note('192.0.2.7');
    known.note('192.0.2.8');
    const spent = (address: string, count: number): number =>
      Array.from({ length: count }, () => known.spend(address)).filter(Boolean).length;
    expect(spent('192.0.2.7', 100)).toBe(12);
    expect(spent('192.0.2.9', 1)).toBe(0);
    expect(spent('192.0.2.8', 12)).toBe(12);
    // Coming once more does not fill it.
    known.note('192.0.2.7');
    expect(spent('192.0.2.7', 1)).toBe(0);
    clock.advance(2000);
    expect(spent('192.0.2.7', 100)).toBe(3);
  });
});

describe('the address of one who breaks the protocol', () => {
  it('is a stranger’s until somebody of it is let in again, and what it has used up stays so', () => {
    const known = new KnownAddresses(
      new ManualClock(),
      limitsWith({ 'connections-per-address': 2 }),
    );
    known.note('192.0.2.7');
    known.note('192.0.2.8');
    while (known.spend('192.0.2.7'));
    known.distrust('192.0.2.7');
    known.distrust('192.0.2.9');
    expect(known.has('192.0.2.7')).toBe(false);
    expect(known.spend('192.0.2.8')).toBe(true);
    known.note('192.0.2.7');
    expect([known.has('192.0.2.7'), known.spend('192.0.2.7')]).toEqual([true, false]);
  });

  it('is no more known when it has left than one that was never here', async () => {
    const { ports, daemon, events } = await RunningDaemon.start();
    const { known } = daemon.admission;
    const inAndOut = async (localAddress: string, last: Buffer): Promise<void> => {
      const client = await NativeClient.connect(ports.screen, 'screen', { localAddress });
      client.send(wirePreamble('screen'));
      expect(await greeted(client, { session: newSession() })).toBe('welcome');
      client.send(last);
      await client.closed;
    };
    await inAndOut('127.0.9.1', wireControl({ type: 'bye', reason: 'done' }));
    await inAndOut('127.0.9.2', wirePicture({ payloadBytes: 0xffff_ffff }, Buffer.alloc(0)));
    await events.first((event) => event.event === 'error' && event.code === 'MEET_FRAME_TOO_LARGE');
    expect([known.has('127.0.9.1'), known.has('127.0.9.2')]).toEqual([true, false]);
  });
});

describe.skipIf(needs('ip'))('a flood of strangers', () => {
  const { address } = useElsewhere();
  const LIMITS = { connections: 8, 'early-drop-begin': 4, 'early-drop-full': 4 };

  /** A hundred connections at any moment, each opened anew when it was closed. */
  function flood(port: number, localAddress: string): void {
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    const open = (): void => {
      if (isOver) return;
      const socket = connect({ port, host: '127.0.0.1', localAddress });
      socket.on('error', () => undefined);
      socket.on('close', () => setImmediate(open));
      socket.resume();
    };
    for (let count = 0; count < 100; count += 1) open();
  }

  /** How the daemon answers, or `dropped`. */
  async function comes(
    { ports }: RunningDaemon,
    localAddress: string,
    session: string,
  ): Promise<string> {
    const client = await NativeClient.connect(ports.screen, 'screen', { localAddress });
    client.send(wirePreamble('screen'));
    return greeted(client, { session }).catch(() => 'dropped');
  }

  async function admitted(daemon: RunningDaemon): Promise<string> {
    const session = newSession();
    const client = await NativeClient.connect(daemon.ports.screen, 'screen', {
      localAddress: address(2),
    });
    client.send(wirePreamble('screen'));
    expect(await greeted(client, { session })).toBe('waiting');
    admit(daemon, 'kiosk');
    await client.answer('welcome');
    client.raw.reset();
    return session;
  }

  it('does not keep out one who was let in before and comes back', async () => {
    const daemon = await RunningDaemon.start({ rules: {}, limits: LIMITS });
    const session = await admitted(daemon);
    flood(daemon.ports.screen, address(1));
    await daemon.event('error', ({ code }) => code === 'MEET_TOO_MANY_CONNECTIONS');
    const answers: string[] = [];
    // The first one may be dropped unseen; the port stays open for the next.
    while (answers.at(-1) !== 'welcome' && answers.length < 4) {
      answers.push(await comes(daemon, address(2), session));
    }
    expect(answers.at(-1)).toBe('welcome');
    expect(answers.slice(0, -1).filter((answer) => answer !== 'dropped')).toEqual([]);
  });

  it('that only hold connections without a word do not, either', async () => {
    const limits = { 'early-drop-full': 4, 'early-drop-begin': 4 };
    const daemon = await RunningDaemon.start({ rules: {}, limits });
    const session = await admitted(daemon);
    // One of each address: none of them has to make room.
    for (let host = 10; host < 14; host += 1) {
      await NativeClient.connect(daemon.ports.screen, 'screen', { localAddress: address(host) });
    }
    expect(await comes(daemon, address(3), newSession())).toBe('MEET_WAITING_FULL');
    expect(await comes(daemon, address(2), session)).toBe('welcome');
  });
});
