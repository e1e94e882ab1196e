/** A real daemon that records many short segments: what an export joins, what retention lets go. */
import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { jpeg } from '../daemon/recording/frames.js';
import { segmentsIn } from '../daemon/recording/matroska-probe.js';
import { temporaryFolder } from '../daemon/recording/temporary-folder.js';
import { cannotMount, tinyDisk } from '../daemon/recording/tiny-disk.js';
import { countIfWhole } from '../daemon/recording/whole-segment.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { portsText, quietEnv, runMeet, startMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { WatchedShare } from './watched-share.js';

const run = promisify(execFile);
const TIMEOUT_MS = 90_000;
const SEGMENTS = 4;
const skipDisk = await cannotMount();

const listed = z.object({
  meetings: z.array(z.object({ seconds: z.number(), parts: z.array(z.object({})) })),
});
const probed = z.object({
  format: z.object({ duration: z.coerce.number() }),
  streams: z.array(
    z.object({ codec_type: z.string(), nb_read_packets: z.coerce.number().optional() }),
  ),
});

async function daemonIn(root: string, more: readonly string[]): Promise<MeetProgram> {
  const cwd = await temporaryFolder();
  const record = ['--record', root, '--segment', '1s', '--limit', 'disk-free-bytes=0'];
  const daemon = startMeet(['--json', '--ports', '0,0,0', ...record, ...more], {
    ...{ program: 'meetd', cwd, env: quietEnv({ XDG_STATE_HOME: join(cwd, 'state') }) },
  });
  onTestFinished(() => daemon[Symbol.asyncDispose]());
  return daemon;
}

function recordings(daemon: MeetProgram, state: string) {
  return daemon.events.flatMap((each) =>
    each.event === 'recording' && each.state === state ? [each] : [],
  );
}

async function probe(path: string, more: readonly string[] = []) {
  const args = ['-v', 'error', '-show_format', '-show_streams', ...more, '-of', 'json', path];
  const { stdout, stderr } = await run('ffprobe', args);
  expect(stderr).toBe('');
  return probed.parse(JSON.parse(stdout));
}

describe.skipIf(needs('ffmpeg'))('a meeting in several segments', { timeout: TIMEOUT_MS }, () => {
  it('is exported as one: a film as long as the meeting, every frame in one file', async () => {
    const root = join(await temporaryFolder(), 'recordings');
    const daemon = await daemonIn(root, []);
    const { ports } = await daemon.event('ready');
    const sources = ['--screen', 'test', '--audio', 'test', '--size', '160x90', '--name', 'Anna'];
    const share = startMeet(['share', ...sources, '--ports', portsText(ports)], {
      cwd: join(root, '..'),
    });
    onTestFinished(() => share[Symbol.asyncDispose]());
    await daemon.event('recording', () => recordings(daemon, 'segment').length >= SEGMENTS - 1);
    await share.end('SIGTERM');
    const { written } = await daemon.event('recording', ({ state }) => state === 'ended');
    await daemon.end();

    const cwd = join(root, '..');
    const rec = (...args: string[]) => runMeet(['rec', ...args], { cwd });
    const { meetings } = listed.parse(JSON.parse((await rec('ls', '--json')).stdout));
    expect(meetings).toHaveLength(1);
    const { seconds = 0, parts = [] } = meetings[0] ?? {};
    expect(parts.length).toBeGreaterThanOrEqual(SEGMENTS);
    for (const [name, more] of [
      ['film.mp4', ['--size', '160x90']],
      ['all.mkv', []],
      ['mix.wav', []],
    ] as const) {
      expect(await rec('export', 'latest', '-o', name, ...more)).toMatchObject({ exitCode: 0 });
      const { format } = await probe(join(cwd, name));
      // A picture of the film, at 15 a second, and a frame of AAC.
      expect(Math.abs(format.duration - seconds), name).toBeLessThan(0.1);
    }
    const { streams } = await probe(join(cwd, 'all.mkv'), ['-count_packets']);
    const media = streams.filter(({ codec_type }) => codec_type !== 'subtitle');
    expect(media.map(({ codec_type }) => codec_type).sort()).toEqual(['audio', 'video']);
    const packets = media.reduce((sum, { nb_read_packets = 0 }) => sum + nb_read_packets, 0);
    expect(packets).toBe(written);
    expect(await rec('verify')).toMatchObject({ exitCode: 0 });
  });
});

/** Sends pictures until `count` files were deleted; resolves with their names, in order of that. */
async function untilRemoved(daemon: MeetProgram, picture: Buffer, count: number) {
  const { ports } = await daemon.event('ready');
  const share = await WatchedShare.join(ports.screen, picture);
  await share.sendUntil(() => recordings(daemon, 'removed').length >= count);
  const { exitCode } = await daemon.end();
  expect(exitCode).toBe(143);
  expect(recordings(daemon, 'stopped')).toEqual([]);
  const removed = recordings(daemon, 'removed');
  const names = removed.map(({ path }) => basename(path));
  const words = new Set(removed.map(({ message }) => message));
  return { names, words: [...words] };
}

/** Those that were deleted and those that are there are all, in order, and the latter are whole. */
async function expectOldestGone(root: string, removed: readonly string[]): Promise<void> {
  const paths = await segmentsIn(root);
  expect(paths.length).toBeGreaterThan(0);
  const all = [...removed, ...paths.map((path) => basename(path))];
  const numbers = all.map((_, at) => `kiosk-${String(at + 1).padStart(4, '0')}.mkv`);
  expect(all).toEqual(numbers);
  for (const path of paths) expect(await countIfWhole(path)).toBeGreaterThan(0);
}

describe.skipIf(needs('ffmpeg'))('retention of a real daemon', { timeout: TIMEOUT_MS }, () => {
  it('lets go what is older than --keep, oldest first, while it records', async () => {
    const root = await temporaryFolder();
    const daemon = await daemonIn(root, ['--keep', '1s']);
    const { names, words } = await untilRemoved(daemon, await jpeg(), 2);
    expect(words).toEqual(['older than --keep']);
    await expectOldestGone(root, names);
  });

  it.skipIf(skipDisk)(
    'keeps --min-free of a small disk free (needs root, to mount one)',
    async () => {
      const disk = await tinyDisk('size=12m');
      const daemon = await daemonIn(disk, ['--min-free', '10M']);
      const { names, words } = await untilRemoved(daemon, await jpeg(240, 180), 2);
      expect(words).toEqual(['less of the disk is free than --min-free']);
      await expectOldestGone(disk, names);
      const { bavail, bsize } = await statfs(disk);
      expect(bavail * bsize).toBeGreaterThanOrEqual(10 * 1024 ** 2);
    },
  );
});
