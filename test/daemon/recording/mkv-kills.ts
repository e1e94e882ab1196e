/**
 * Kills a recorder at random moments, and checks what it left. Owns one such campaign, which the ordinary
 * run and the long run share.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { listMeetings } from '../../../src/daemon/recording/reading/catalog.js';
import { recoverFile } from '../../../src/daemon/recording/reading/recover-file.js';
import { verifyFile } from '../../../src/daemon/recording/reading/verify-file.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { compileInto } from './compiled.js';
import { jpeg } from './frames.js';
import { countPackets, segmentsIn } from './matroska-probe.js';
import type { WalkedBlock } from './matroska-walk.js';
import { walkClusters } from './matroska-walk.js';

/** More than cores: a recorder waits most of its time, and kills are to fall anywhere. */
const LANES = 6;
/** Beyond a sync, a change of segments and another sync. */
const LONGEST_MS = 1800;
/** Recordings of one process: each kill cuts them all. */
const PARTICIPANTS = 3;
const TRACKS = { screen: 1, camera: 2, sound: 3 } as const;

export interface KillFigures {
  readonly kills: number;
  /** Files that were cut, and files that had been ended before. */
  readonly cut: number;
  readonly closed: number;
  /** Bytes that were acknowledged, all of them found again. */
  readonly acknowledgedBytes: number;
  readonly blocks: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Kills `kills` recorders below `folder`; rejects when anything acknowledged cannot be read back. */
export async function killRecorders(folder: string, kills: number): Promise<KillFigures> {
  const picture = await jpeg();
  const picturePath = join(folder, 'picture.jpg');
  await writeFile(picturePath, picture);
  await compileInto(join(folder, 'compiled'));
  const script = join(folder, 'compiled/test/daemon/recording/mkv-child.js');
  const total: Mutable<KillFigures> = { kills, cut: 0, closed: 0, acknowledgedBytes: 0, blocks: 0 };
  let left = kills;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const root = join(folder, `kill-${left}`);
      const acknowledged = await recordAndKill([script, root, picturePath, String(PARTICIPANTS)]);
      await check(root, acknowledged, picture, total);
      await rm(root, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return total;
}

/** By path, how many bytes were synced when the process was killed. */
async function recordAndKill(args: readonly string[]): Promise<Map<string, number>> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged = new Map<string, number>();
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    const at = line.lastIndexOf(' ');
    acknowledged.set(line.slice(0, at), Number(line.slice(at + 1)));
  });
  const ended = [once(child, 'exit'), once(lines, 'close')];
  await Promise.race([once(lines, 'line'), ...ended]);
  const timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * LONGEST_MS);
  await Promise.all(ended);
  clearTimeout(timer);
  expect(child.signalCode).toBe('SIGKILL');
  return acknowledged;
}

async function check(
  root: string,
  acknowledged: ReadonlyMap<string, number>,
  picture: Buffer,
  total: Mutable<KillFigures>,
): Promise<void> {
  const paths = await segmentsIn(root);
  const listed =
    paths.length === 0 ? [] : await listMeetings(systemRecordingFs, root, Date.now() * 1000);
  const parts = listed.flatMap((meeting) => meeting.parts.map((part) => part.path));
  expect(parts.sort()).toEqual(paths);
  // Checksums tell of all of them; ffmpeg, which takes longer, of one that was cut.
  const cut = paths.filter((path) => path.endsWith('.open.mkv'));
  const chosen = cut[Math.floor(Math.random() * cut.length)];
  for (const path of paths) {
    const bytes = await readFile(path);
    const isOpen = path.endsWith('.open.mkv');
    const clusters = walkClusters(bytes);
    const end = clusters.at(-1)?.to ?? 0;
    const ackedBytes = acknowledged.get(path.replace(/(\.open)?\.mkv$/, '.open.mkv')) ?? 0;
    // What a sync covered are whole clusters; behind them stand Cues and Tags of a file that ended.
    expect(bytes.length).toBeGreaterThanOrEqual(ackedBytes);
    if (isOpen && clusters.length > 0) {
      expect(bytes.readBigUInt64BE(44) === 0x01ff_ffff_ffff_ffffn || end < bytes.length).toBe(true);
    }
    if (!isOpen)
      expect(Number(bytes.readBigUInt64BE(44) & 0x00ff_ffff_ffff_ffffn)).toBe(bytes.length - 52);
    const blocks = clusters.flatMap((cluster) => cluster.blocks);
    expectOurs(blocks, picture);
    total.acknowledgedBytes += ackedBytes;
    total.blocks += blocks.length;
    if (isOpen) total.cut += 1;
    else total.closed += 1;
    if (path !== chosen) continue;
    await expectRead(path, blocks);
    await expectMended(path, blocks);
  }
}

/** Each picture is the one that was sent; sound is the chunks that were sent, none missing between. */
function expectOurs(blocks: readonly WalkedBlock[], picture: Buffer): void {
  let chunk: number | undefined;
  for (const { track, payload } of blocks) {
    if (track === TRACKS.sound) {
      const number = payload[0] ?? -1;
      if (chunk !== undefined) expect(number).toBe((chunk + 1) % 256);
      chunk = number;
    } else if (track !== 4) expect(payload.equals(picture)).toBe(true);
  }
}

/** `verify` finds all that is whole, and `recover` keeps it, in a file that is whole to the end. */
async function expectMended(path: string, blocks: readonly WalkedBlock[]): Promise<void> {
  if (blocks.length === 0) return;
  const verdict = await verifyFile(systemRecordingFs, path);
  expect(verdict.frames).toBeGreaterThanOrEqual(blocks.filter(({ track }) => track !== 4).length);
  const target = path.replace('.open.mkv', '.recovered.mkv');
  const recovered = await recoverFile(systemRecordingFs, path, target);
  expect(recovered.framesKept).toBe(verdict.frames);
  expect(await verifyFile(systemRecordingFs, target)).toMatchObject({ faults: [], isCut: false });
}

/** ffmpeg reads at least all blocks of whole clusters, without any repair. */
async function expectRead(path: string, blocks: readonly WalkedBlock[]): Promise<void> {
  if (blocks.length === 0) return;
  const counts = await countPackets(path, true);
  for (const [name, track] of Object.entries(TRACKS)) {
    const whole = blocks.filter((block) => block.track === track).length;
    expect(counts.get(name) ?? 0).toBeGreaterThanOrEqual(whole);
  }
}
