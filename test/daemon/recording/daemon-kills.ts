/**
 * Kills daemons at random moments, and checks what it left. Owns one such campaign, which the ordinary
 * run and the long run share.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { listMeetings } from '../../../src/daemon/recording/reading/catalog.js';
import { recoverFile } from '../../../src/daemon/recording/reading/recover-file.js';
import { verifyFile } from '../../../src/daemon/recording/reading/verify-file.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { runMeet } from '../../setup/meet-program.js';
import { jpeg } from './frames.js';
import { recordAndKill } from './killed-daemon.js';
import { countPackets, segmentsIn } from './matroska-probe.js';
import type { WalkedBlock } from './matroska-walk.js';
import { walkClusters } from './matroska-walk.js';

/** More than cores: a daemon waits most of its time, and kills are to fall anywhere. */
const LANES = 8;
/** Beyond a sync, a change of segments and another sync. */
const LONGEST_MS = 1500;
/** Kills from one run of the verbs as programs to the next. */
const VERBS_EVERY = 50;
const CUES_ID = Buffer.from('1c53bb6b', 'hex');
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

/** Kills `kills` daemons below `folder`; rejects when anything acknowledged cannot be read back. */
export async function killDaemons(folder: string, kills: number): Promise<KillFigures> {
  const picture = await jpeg();
  // One for all: a certificate is made once, not by each of them at its start.
  const state = join(folder, 'state');
  const total: Mutable<KillFigures> = {
    kills: 0,
    cut: 0,
    closed: 0,
    acknowledgedBytes: 0,
    blocks: 0,
  };
  let left = kills;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const root = join(folder, `kill-${left}`);
      const acknowledged = await recordAndKill(root, state, picture, Math.random() * LONGEST_MS);
      total.kills += 1;
      await check(root, acknowledged, picture, total);
      if (left % VERBS_EVERY === 0) await expectVerbs(root);
      await rm(root, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return total;
}

/** The programs themselves: what is left is listed, what is cut is told, mended, and good then. */
async function expectVerbs(root: string): Promise<void> {
  const rec = async (verb: string): Promise<number | null> =>
    (await runMeet(['rec', verb, '--dir', root], { cwd: root })).exitCode;
  expect(await rec('ls')).toBe(0);
  expect([0, 65]).toContain(await rec('verify'));
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
    if (!bytes.subarray(end, end + CUES_ID.length).equals(CUES_ID) && clusters.length > 0) {
      expect(end).toBeGreaterThanOrEqual(ackedBytes);
    }
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
