import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/transport/clock.js';
import { limitsWith } from '../../src/transport/limits.js';
import { ViewerSession } from '../../src/transport/viewer-session.js';
import { FaultProxy } from '../setup/fault-proxy.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { portsText } from '../setup/meet-program.js';
import { NativeClient, newSession } from '../setup/native-client.js';
import { Random } from '../fuzz/random.js';
import { openMeetTerminal } from './meet-terminal.js';
import { Meeting } from './meeting.js';

type Ports = Readonly<{ screen: number; video: number; audio: number }>;

const FPS = 30;
/** How long the half-speed viewer is watched. */
const WATCHED_MS = 60_000;
/** The other viewer stands still from here on, for longer than `stalled-ms` (10 s). */
const STOPPED_AT_MS = 15_000;
const STOPPED_FOR_MS = 14_000;

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

/** What a viewer got: when, how old, how old it says that it is, and which. */
interface Arrival {
  readonly atMs: number;
  /** By the one clock of this machine, which all have here. */
  readonly ageMs: number;
  /** By the two clocks' distance, as pings measured it. */
  readonly shownMs: number;
  readonly sequence: number;
}

/** Watches screens as `meet watch` does, and keeps what came. */
async function watch(name: string, ports: Ports): Promise<Arrival[]> {
  const arrivals: Arrival[] = [];
  const session = new ViewerSession({
    host: '127.0.0.1',
    ports,
    kinds: ['screen'],
    identity: { name, room: 'main', session: newSession(), software: 'test' },
    waitMs: 0,
    reconnect: false,
    limits: limitsWith(),
    clock: systemClock,
    random: Math.random,
    events: {
      onFrame: (_, { sequence, capturedAtUs }, shownMs) => {
        const ageMs = (systemClock.wallUs() - capturedAtUs) / 1000;
        arrivals.push({ atMs: performance.now(), ageMs, shownMs, sequence });
      },
      onRoster: () => undefined,
    },
  });
  onTestFinished(() => session.close());
  await session.start();
  return arrivals;
}

/** A picture of noise, some 137 kB, so that it can be shown and is never small. */
function noise(): Promise<Buffer> {
  const random = new Random(7);
  const [width, height] = [512, 384];
  const pixels = Buffer.from(Array.from({ length: width * height * 3 }, () => random.below(256)));
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 70 })
    .toBuffer();
}

/** Sends the picture 30 times a second until the test ends, as if it had just been captured. */
async function publish(ports: Ports, picture: Buffer): Promise<void> {
  const wallUs = (): number => systemClock.wallUs();
  const format = { codec: 'jpeg', width: 512, height: 384, fps: FPS };
  const hello = { role: 'publish', name: 'kiosk', session: newSession(), format };
  const sender = await NativeClient.join(ports.screen, 'screen', hello, { wallUs });
  let sequence = 0;
  const timer = setInterval(() => {
    sender.sendPicture({ flags: 1, codec: 1, sequence, capturedAtUs: wallUs() }, picture);
    sequence += 1;
  }, 1000 / FPS);
  onTestFinished(() => {
    clearInterval(timer);
  });
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Infinity;
}

function agesBetween(arrivals: readonly Arrival[], fromMs: number, toMs: number): number[] {
  return arrivals.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ ageMs }) => ageMs);
}

/** Sequences that never came, between the first and the last that did. */
function missed(arrivals: readonly Arrival[]): number {
  const [first, last] = [arrivals[0]?.sequence ?? 0, arrivals.at(-1)?.sequence ?? 0];
  return last - first + 1 - arrivals.length;
}

async function residentMb({ pid }: MeetProgram): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/u.exec(status)?.[1]) / 1024;
}

describe('viewers that are too slow', () => {
  it(
    'see fewer pictures and no older ones, are cut when they take nothing, and cost the others nothing',
    { timeout: 150_000 },
    async () => {
      const { serve, ports } = await meeting.serve();
      const picture = await noise();
      await publish(ports, picture);
      const healthy = await watch('healthy', ports);
      const proxy = await FaultProxy.listen(ports.screen);
      proxy.faults.down = { bytesPerSecond: (picture.length * FPS) / 2 };
      const half = await watch('half', { ...ports, screen: proxy.port });
      await using stuck = await openMeetTerminal(
        ['watch', 'kiosk/screen', '--ports', portsText(ports), '--name', 'stuck', '--no-play'],
        { columns: 100, rows: 24, cwd: meeting.cwd, env: meeting.env },
      );
      await stuck.until(() => /● live/u.test(stuck.text()), 'the picture');
      const beganMs = performance.now();
      await delay(STOPPED_AT_MS);
      const beforeMb = await residentMb(serve);
      const stoppedMs = performance.now();
      process.kill(stuck.pid, 'SIGSTOP');
      const fault = await serve.event('error', ({ code }) => code === 'MEET_SLOW_PEER');
      const cutAfterMs = performance.now() - stoppedMs;
      await delay(STOPPED_FOR_MS - cutAfterMs);
      const whileMb = await residentMb(serve);
      const goneOnMs = performance.now();
      process.kill(stuck.pid, 'SIGCONT');
      // What it missed is counted, and pictures come again at their old pace, as new as before.
      const again = /● live +(?:2|3)\d fps +age \d{1,3}\/\d{1,3} ms +\d{3} lost/u;
      await stuck.until(() => again.test(stuck.text()), 'the pictures again');
      await delay(Math.max(0, beganMs + WATCHED_MS - performance.now()));

      const halfAges = agesBetween(half, beganMs, Infinity);
      const shownMs = half.map((arrival) => arrival.shownMs);
      const before = agesBetween(healthy, beganMs, stoppedMs);
      const stopped = agesBetween(healthy, stoppedMs, goneOnMs);
      process.stdout.write(
        `half speed: ${half.length} pictures, ${missed(half)} dropped, age p50 ` +
          `${percentile(halfAges, 0.5).toFixed(0)}, p95 ${percentile(halfAges, 0.95).toFixed(0)} ms, shown as p50 ` +
          `${percentile(shownMs, 0.5).toFixed(0)} ms; ` +
          `healthy: age p50 ${percentile(before, 0.5).toFixed(1)} ms before and ` +
          `${percentile(stopped, 0.5).toFixed(1)} ms while another stood still, cut after ` +
          `${cutAfterMs.toFixed(0)} ms; daemon ${beforeMb.toFixed(0)} MB and ${whileMb.toFixed(0)} MB\n`,
      );
      expect(percentile(halfAges, 0.95)).toBeLessThanOrEqual(250);
      expect(missed(half)).toBeGreaterThan(half.length / 2);
      expect(percentile(stopped, 0.5)).toBeLessThan(percentile(before, 0.5) + 20);
      expect(missed(healthy)).toBeLessThan(healthy.length / 20);
      expect(whileMb - beforeMb).toBeLessThan(40);
      expect(cutAfterMs).toBeGreaterThan(9500);
      expect(fault.message).toBe('stuck took nothing for 10000 ms (--limit stalled-ms=MS)');
    },
  );
});
