import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FrameLine } from '../../src/daemon/recording/index-line.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import type { EventLine } from '../setup/event-line.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { freePorts, portsText, startMeet } from '../setup/meet-program.js';
import type { Scratch } from './recorded.js';
import { framesOf, readOnlyStay, scratch } from './recorded.js';

const BACK_WITHIN_MS = 5000;
const SOUND_PER_SECOND = 50;
/** Without a daemon for so long, a share lets its devices go: then there is no sound to lose. */
const LET_GO_AFTER_SECONDS = 5;
const SOURCES = ['--screen', 'test', '--video', 'test', '--audio', 'test'];

let folder: Scratch;
beforeEach(async () => {
  folder = await scratch();
});
afterEach(() => folder[Symbol.asyncDispose]());

function startServe(ports: string, kept: string): MeetProgram {
  const args = [
    'serve',
    '--json',
    '--stats',
    '--ports',
    ports,
    '--record',
    kept,
    '--format',
    'frames',
  ];
  return startMeet(args, { cwd: folder.path });
}

/** Figures in which each of the three streams has frames. */
function allFlow({ streams }: EventLine<'stats'>): boolean {
  return STREAM_KINDS.every((kind) =>
    streams.some((row) => row.kind === kind && (row.frames ?? 0) > 0 && row.connected !== false),
  );
}

describe.each([1, 4, 7])('a daemon that is killed and back after %i s', (outageSeconds) => {
  it('has all streams again within 5 s, with the gap counted', async () => {
    const ports = portsText(await freePorts());
    await using first = startServe(ports, join(folder.path, 'first'));
    await first.event('ready');
    await using share = startMeet(['share', '--json', '--stats', '--ports', ports, ...SOURCES], {
      cwd: folder.path,
    });
    await first.event('stats', allFlow);
    await first.end('SIGKILL');
    await delay(outageSeconds * 1000); // the outage itself

    await using second = startServe(ports, join(folder.path, 'second'));
    const ready = await second.event('ready');
    const { streams } = await second.event('stats', allFlow);
    const told = await share.event('stats', (stats) => stats.at > ready.at && allFlow(stats));
    expect((await share.end('SIGTERM')).exitCode).toBe(143);
    await second.event('left');
    expect((await second.end('SIGTERM')).exitCode).toBe(143);

    const recorded = await readOnlyStay(join(folder.path, 'second'));
    expect(recorded.faults).toEqual([]);
    for (const kind of STREAM_KINDS) {
      const [back] = framesOf(recorded, kind);
      expect(msAfter(ready, back), kind).toBeLessThan(BACK_WITHIN_MS);
    }
    // The test pictures are taken on demand: none was made, so none is lost. Sound never waits.
    const gap = recorded.lines.filter((line) => line.type === 'gap' && line.kind === 'audio');
    expect(gap).toMatchObject([{ reason: 'lost' }]);
    const heldSeconds = Math.min(outageSeconds, LET_GO_AFTER_SECONDS);
    const soundLost = streams.find(({ kind }) => kind === 'audio')?.lost ?? 0;
    expect(soundLost).toBeGreaterThan(0.8 * SOUND_PER_SECOND * heldSeconds);
    // The share itself has counted the same, but for what was on its way when the daemon died.
    const ownLost = told.streams.find(({ kind }) => kind === 'audio')?.lost ?? 0;
    expect(Math.abs(ownLost - soundLost)).toBeLessThan(SOUND_PER_SECOND);
  });
});

function msAfter(ready: EventLine<'ready'>, frame: FrameLine | undefined): number {
  if (frame === undefined) throw new Error('no frame of that kind was recorded');
  return frame.receivedAtUs / 1000 - Date.parse(ready.at);
}

describe('a daemon that ends while it records', () => {
  it('finishes everything within 10 s of SIGTERM', async () => {
    const kept = join(folder.path, 'kept');
    await using serve = startServe('0,0,0', kept);
    const { ports } = await serve.event('ready');
    const args = ['share', '--json', '--ports', portsText(ports), ...SOURCES];
    await using share = startMeet(args, { cwd: folder.path });
    await serve.event('stats', allFlow);
    const askedMs = performance.now();
    expect((await serve.end('SIGTERM')).exitCode).toBe(143);
    expect(performance.now() - askedMs).toBeLessThan(10_000);
    expect((await serve.event('end')).reason).toBe('SIGTERM');
    const waiting = await share.event('waiting');
    expect(waiting.code).toBe('MEET_DRAINING');
    const recorded = await readOnlyStay(kept);
    expect(recorded.faults).toEqual([]);
    expect(recorded.hasTornLine).toBe(false);
    expect(recorded.lines.at(-1)?.type).toBe('end');
  });

  it('loses at most the last second by SIGKILL, and all that is left is whole', async () => {
    const kept = join(folder.path, 'kept');
    await using serve = startServe('0,0,0', kept);
    const { ports } = await serve.event('ready');
    const args = ['share', '--json', '--ports', portsText(ports), ...SOURCES];
    await using share = startMeet(args, { cwd: folder.path });
    await share.event('ready');
    await serve.event(
      'stats',
      ({ streams }) =>
        streams.length === STREAM_KINDS.length && streams.every(({ frames = 0 }) => frames > 25),
    );
    const killedUs = Date.now() * 1000;
    await serve.end('SIGKILL');
    const recorded = await readOnlyStay(kept);
    expect(recorded.faults).toEqual([]);
    for (const kind of STREAM_KINDS) {
      const last = framesOf(recorded, kind).at(-1)?.receivedAtUs ?? 0;
      expect((killedUs - last) / 1e6, kind).toBeLessThan(1);
    }
  });
});
