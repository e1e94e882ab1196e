import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ErrorCode } from '../../src/transport/errors.js';
import { systemClock } from '../../src/transport/clock.js';
import { limitsWith } from '../../src/transport/limits.js';
import { ViewerSession } from '../../src/transport/viewer-session.js';
import type { Scratch } from '../e2e/recorded.js';
import { scratch } from '../e2e/recorded.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { startMeet } from '../setup/meet-program.js';
import { newSession } from '../setup/native-client.js';
import { Sharing } from '../transport/sharing.js';
import { HARMS, Horde } from './horde.js';

const ATTACKERS = 1000;
const ATTACK_MS = 8000;
const FRAME_EVERY_MS = 40;
const MIBIBYTE = 1024 * 1024;
/** The daemon alone takes some 70 MiB; half-received frames of this attack some 40 MiB. */
const RSS_MAX_BYTES = 256 * MIBIBYTE;
/** What each kind of harm is told. */
const CODES: readonly ErrorCode[] = [
  'MEET_HEADER_TIMEOUT',
  'MEET_FRAME_TOO_LARGE',
  'MEET_PICTURE_TOO_LARGE',
  'MEET_BODY_TIMEOUT',
  'MEET_PROTOCOL',
];

/** A sharer and a viewer that were there first; what the viewer sees is counted. */
async function healthyPair(ports: { screen: number; video: number; audio: number }) {
  const sharing = new Sharing({ port: ports.screen });
  await sharing.stream.start();
  const seen = { frames: 0, last: -1, lost: 0 };
  const viewer = new ViewerSession({
    host: '127.0.0.1',
    ports,
    kinds: ['screen'],
    identity: { name: 'viewer', room: 'main', session: newSession(), software: 'meet test' },
    waitMs: 0,
    reconnect: true,
    limits: limitsWith(),
    clock: systemClock,
    random: Math.random,
    events: {
      onRoster: () => undefined,
      onFrame: (_, { sequence }) => {
        seen.frames += 1;
        seen.last = sequence;
      },
      onLost: () => {
        seen.lost += 1;
      },
    },
  });
  await viewer.start();
  const stop = systemClock.every(FRAME_EVERY_MS, () => {
    sharing.send(1, 8000);
  });
  onTestFinished(async () => {
    stop();
    await viewer.close();
  });
  return { sharing, seen, stop };
}

function rssBytes({ pid }: MeetProgram): number {
  const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

/** A daemon of its own process, with a sharer and a viewer that see each other. */
async function attacked(): Promise<{
  daemon: MeetProgram;
  ports: { screen: number; video: number; audio: number };
  pair: Awaited<ReturnType<typeof healthyPair>>;
}> {
  const folder: Scratch = await scratch();
  const args = ['--json', '--stats', '--ports', '0,0,0', '--no-record', '--log-level', 'error'];
  const daemon = startMeet(args, { program: 'meetd', cwd: folder.path });
  onTestFinished(async () => {
    await daemon[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  const { ports } = await daemon.event('ready');
  const pair = await healthyPair(ports);
  await expect.poll(() => pair.seen.frames).toBeGreaterThan(10);
  return { daemon, ports, pair };
}

/**
 * The pair was never parted, and each frame was seen or is counted as one that the viewer was too slow
 * for: this process attacks and watches at the same time. How old the pictures get is the bench's to
 * measure, with attackers of a process of their own.
 */
async function expectUnharmed(
  { sharing, seen, stop }: Awaited<ReturnType<typeof healthyPair>>,
  daemon: MeetProgram,
): Promise<void> {
  stop();
  const { offered } = sharing.stream.stats;
  await expect.poll(() => seen.last, { timeout: 20_000 }).toBe(offered - 1);
  expect(sharing.lost.entries).toEqual([]);
  expect(seen.lost).toBe(0);
  // Not before: the last one may have waited then.
  const { written, dropped, lostOffline } = sharing.stream.stats;
  expect(written + dropped + lostOffline).toBe(offered);
  const at = new Date().toISOString();
  const told = await daemon.event('stats', (event) => event.at > at);
  const row = told.streams.find(({ kind, frames }) => kind === 'screen' && (frames ?? 0) > 0);
  expect((row?.frames ?? 0) + (row?.lost ?? 0)).toBe(offered);
  expect(seen.frames + (told.process?.unsentFrames ?? 0)).toBe(row?.frames);
}

describe(`${ATTACKERS} attackers at once`, () => {
  it('are thrown out with a code each; a sharer and a viewer lose no connection and go on, and memory stays within its bound', async () => {
    const { daemon, ports, pair } = await attacked();
    const horde = new Horde(ports, ATTACKERS, Object.values(HARMS));
    onTestFinished(() => {
      horde.close();
    });
    await expect.poll(() => horde.connected, { timeout: 20_000 }).toBeGreaterThan(ATTACKERS);
    await systemClock.sleep(ATTACK_MS);
    horde.close();
    for (const code of CODES) await daemon.event('error', (event) => event.code === code);
    expect(horde.thrownOut).toBeGreaterThan(ATTACKERS);
    await expectUnharmed(pair, daemon);
    expect(rssBytes(daemon)).toBeLessThan(RSS_MAX_BYTES);
    // All that the attackers held is given back.
    const at = new Date().toISOString();
    await daemon.event(
      'stats',
      ({ process, at: told }) =>
        told > at && process?.connections === 2 && process.halfReceivedBytes < MIBIBYTE,
    );
  }, 90_000);

  it('that only stay take the places that are left, and nothing from who is there', async () => {
    const { daemon, ports, pair } = await attacked();
    const horde = new Horde(ports, ATTACKERS, [HARMS.nothing]);
    onTestFinished(() => {
      horde.close();
    });
    const full = 3 * limitsWith().connections;
    await daemon.event('stats', ({ process }) => process?.connections === full);
    await daemon.event('error', ({ code }) => code === 'MEET_TOO_MANY_CONNECTIONS');
    horde.close();
    await expectUnharmed(pair, daemon);
    expect(rssBytes(daemon)).toBeLessThan(RSS_MAX_BYTES);
  }, 90_000);
});
