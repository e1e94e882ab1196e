import { spawnSync } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemRecordingFs as fs } from '../../../../src/daemon/recording/recording-fs.js';
import { readForeignPart } from '../../../../src/daemon/recording/reading/mkv-part.js';
import { listMeetings } from '../../../../src/daemon/recording/reading/catalog.js';
import { FileWindow } from '../../../../src/daemon/recording/reading/file-window.js';
import { readMatroskaHead } from '../../../../src/daemon/recording/reading/matroska-head.js';
import { recoverFile } from '../../../../src/daemon/recording/reading/recover-file.js';
import { verifyFile } from '../../../../src/daemon/recording/reading/verify-file.js';
import { MeetError } from '../../../../src/transport/errors.js';
import { needs } from '../../../setup/programs.js';
import { wireJpeg } from '../../../setup/wire.js';
import { decodeAll, inspect, probe } from '../matroska-probe.js';
import { temporaryFolder } from '../temporary-folder.js';
import { cannotMount, tinyDisk } from '../tiny-disk.js';
import { SOUND, STARTED_AT_US, halfSeconds, makeSegment, place } from './made-segment.js';

const NO_DISK = await cannotMount();
/** Ten clusters of five pictures and five chunks of sound. */
const FRAMES = 100;
const { bytes: WHOLE, clusters: CLUSTERS } = makeSegment({ appends: halfSeconds(10) });
const { bytes: OPEN } = makeSegment({ appends: halfSeconds(10), isClosed: false });

async function faultOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (thrown) {
    return thrown instanceof MeetError ? thrown.code : String(thrown);
  }
}

describe('verifying a segment', () => {
  it('finds nothing wrong with one that was closed', async () => {
    const path = await place(join(await temporaryFolder(), 'a.mkv'), WHOLE);
    const verdict = await verifyFile(fs, path);
    expect(verdict).toMatchObject({ clusters: 10, checkedClusters: 10, frames: FRAMES });
    expect(verdict).toMatchObject({ faults: [], isCut: false });
  });

  it('calls one cut that has no end, without any fault', async () => {
    const path = await place(join(await temporaryFolder(), 'a.open.mkv'), OPEN);
    expect(await verifyFile(fs, path)).toMatchObject({ frames: FRAMES, faults: [], isCut: true });
  });

  it('finds every bit that is turned in a cluster', async () => {
    const folder = await temporaryFolder();
    for (const at of [40, 200, 1500, 4900]) {
      const bytes = Buffer.from(WHOLE);
      const byte = (CLUSTERS[4] ?? 0) + at;
      bytes[byte] = (bytes[byte] ?? 0) ^ 0x10;
      const verdict = await verifyFile(fs, await place(join(folder, `${at}.mkv`), bytes));
      expect(verdict.faults.length, `byte ${at}`).toBeGreaterThan(0);
      expect(verdict.clusters).toBe(9);
    }
  });

  it('refuses what is no Matroska file, by name', async () => {
    const folder = await temporaryFolder();
    const files = { empty: Buffer.alloc(0), text: Buffer.from('hello'), zeros: Buffer.alloc(9000) };
    for (const [name, bytes] of Object.entries(files)) {
      const path = await place(join(folder, name), bytes);
      expect(await faultOf(verifyFile(fs, path))).toBe('MEET_RECORDING_DAMAGED');
    }
    expect(await faultOf(verifyFile(fs, folder))).toBe('MEET_RECORDING_DAMAGED');
  });

  it('bears any damage: it names it, and reads no more than there is', async () => {
    const path = join(await temporaryFolder(), 'a.mkv');
    const edits = fc.array(fc.tuple(fc.nat(WHOLE.length - 1), fc.uint8Array({ maxLength: 24 })), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(edits, fc.nat(WHOLE.length), async (changes, length) => {
        const bytes = Buffer.from(WHOLE);
        for (const [at, put] of changes) bytes.set(put.slice(0, bytes.length - at), at);
        await place(path, bytes.subarray(0, length));
        const code = await faultOf(verifyFile(fs, path));
        expect(['none', 'MEET_RECORDING_DAMAGED']).toContain(code);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a hostile file', () => {
  const head = WHOLE.subarray(0, 4096);
  const cases: Record<string, Buffer> = {
    'that claims gigabytes': Buffer.from('1f43b67508ffffffff', 'hex'),
    'that claims a petabyte': Buffer.from('1f43b67501000fffffffffffe7', 'hex'),
    'of nothing but the beginnings of clusters': Buffer.alloc(300_000, '1f43b675', 'hex'),
    'of clusters within clusters': Buffer.alloc(200_000, '1f43b67510ffffff', 'hex'),
    'of groups within groups': Buffer.concat([
      Buffer.from('1f43b67521d4c0e78101', 'hex'),
      Buffer.alloc(120_000, 'a0', 'hex'),
    ]),
  };

  it.each(Object.entries(cases))('%s ends in words, soon', async (_, body) => {
    const path = await place(
      join(await temporaryFolder(), 'a.mkv'),
      Buffer.concat([head, body, WHOLE.subarray(CLUSTERS[8] ?? 0, CLUSTERS[9])]),
    );
    const before = process.memoryUsage().arrayBuffers;
    const verdict = await verifyFile(fs, path);
    expect(verdict.faults.length).toBeGreaterThan(0);
    // The whole cluster behind it is found all the same.
    expect(verdict.frames).toBe(10);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 1024 * 1024);
  });
});

describe('recovering a segment', () => {
  it('gives every whole cluster of every prefix back, and names the rest', async () => {
    const folder = await temporaryFolder();
    const cuts = CLUSTERS.slice(1).flatMap((at) => [at, at + 1, at + 30, at + 3000, at + 25_000]);
    for (const [number, cut] of cuts.entries()) {
      const path = await place(join(folder, `${number}.open.mkv`), OPEN.subarray(0, cut));
      const target = join(folder, `${number}.recovered.mkv`);
      const recovered = await recoverFile(fs, path, target);
      const wholeClusters = CLUSTERS.filter((_, at) => (CLUSTERS[at + 1] ?? Infinity) <= cut);
      expect(recovered.framesKept, `cut at ${cut}`).toBeGreaterThanOrEqual(
        wholeClusters.length * 10,
      );
      expect(await verifyFile(fs, target)).toMatchObject({ faults: [], isCut: false });
    }
  });

  it('says so where nothing is left of one', async () => {
    const folder = await temporaryFolder();
    for (const length of [30, 2000, 4096, 4100]) {
      const path = await place(join(folder, 'a.open.mkv'), OPEN.subarray(0, length));
      const recovered = recoverFile(fs, path, join(folder, 'a.recovered.mkv'));
      expect(await faultOf(recovered)).toBe('MEET_RECORDING_DAMAGED');
    }
    expect(await readdir(folder)).toEqual(['a.open.mkv']);
  });

  it('keeps the whole frames of a cluster that the end of the file cuts', async () => {
    const folder = await temporaryFolder();
    const cut = (CLUSTERS[9] ?? 0) + 15_000;
    const path = await place(join(folder, 'a.open.mkv'), OPEN.subarray(0, cut));
    const recovered = await recoverFile(fs, path, join(folder, 'a.recovered.mkv'));
    expect(recovered.framesKept).toBeGreaterThan(90);
    expect(recovered.framesKept).toBeLessThan(100);
  });

  it('finds the clusters behind a damaged region, and says what is lost', async () => {
    const folder = await temporaryFolder();
    const bytes = Buffer.from(WHOLE);
    bytes.fill(0xaa, (CLUSTERS[3] ?? 0) + 100, (CLUSTERS[5] ?? 0) + 100);
    const path = await place(join(folder, 'a.mkv'), bytes);
    const recovered = await recoverFile(fs, path, join(folder, 'a.recovered.mkv'));
    expect(recovered).toMatchObject({ framesKept: 70 });
    // Three clusters of half a second, less what the last picture before it stood.
    expect(recovered.secondsLost).toBeGreaterThan(1.4);
    expect(recovered.secondsLost).toBeLessThan(1.8);
    expect(recovered.secondsKept + recovered.secondsLost).toBeCloseTo(4.9, 1);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  it('is not longer for words that are shown until after its end', async () => {
    const folder = await temporaryFolder();
    const atUs = STARTED_AT_US + 900_000;
    const words = { track: 'events', atUs, words: 'Bert has left', json: '{}' } as const;
    const [first = [], second = []] = halfSeconds(2);
    const appends = [first, [...second, words]];
    const { bytes } = makeSegment({ appends, isClosed: false });
    const path = await place(join(folder, 'anna-0001.open.mkv'), bytes);
    const target = join(folder, 'anna-0001.recovered.mkv');
    const { secondsKept } = await recoverFile(fs, path, target);
    expect(secondsKept).toBeCloseTo(0.9, 3);
    const part = await readForeignPart(fs, target, Date.now() * 1000);
    expect(part).toMatchObject({ state: 'closed', durationUs: 900_000 });
  });

  it('never writes over a file that is there, and leaves nothing of one that failed', async () => {
    const folder = await temporaryFolder();
    const path = await place(join(folder, 'a.open.mkv'), OPEN);
    const target = await place(join(folder, 'a.recovered.mkv'), Buffer.from('mine'));
    expect(await faultOf(recoverFile(fs, path, target))).toBe('MEET_FILE_EXISTS');
    expect(await readFile(target, 'utf8')).toBe('mine');

    const stop = AbortSignal.abort(new Error('enough'));
    const other = join(folder, 'b.recovered.mkv');
    await expect(recoverFile(fs, path, other, { signal: stop })).rejects.toThrow('enough');
    expect(await readdir(folder)).toEqual(['a.open.mkv', 'a.recovered.mkv']);
  });

  it('makes a new head where the first page is lost, of the frames and the segment before', async () => {
    const folder = join(await temporaryFolder(), 'main', '20261123T121530Z');
    const before = makeSegment({ participant: 'Ünal', appends: halfSeconds(4) }).bytes;
    await place(join(folder, 'unal-0001.mkv'), before);
    const startedAtUs = STARTED_AT_US + 2_000_000;
    const appends = halfSeconds(6, startedAtUs).map((blocks) =>
      blocks.map((block) =>
        block.track === 'screen' ? { ...block, payload: wireJpeg(80, 60) } : block,
      ),
    );
    const { bytes } = makeSegment({
      ...{ participant: 'Ünal', number: 2, startedAtUs, isClosed: false, appends },
    });
    bytes.fill(0, 0, 4096);
    const path = await place(join(folder, 'unal-0002.open.mkv'), bytes);
    const target = join(folder, 'unal-0002.recovered.mkv');
    const recovered = await recoverFile(fs, path, target);
    expect(recovered).toMatchObject({ framesKept: 60, framesLost: 0 });
    expect(recovered.faults[0]).toContain('its head was lost');
    expect(await verifyFile(fs, target)).toMatchObject({ faults: [], isCut: false });
    // Its file is of today, so that only its place tells when it began.
    const [meeting] = await listMeetings(fs, join(folder, '../..'), Date.now() * 1000);
    const part = meeting?.parts.find(({ isRecovered }) => isRecovered);
    expect(part).toMatchObject({ participant: 'Ünal', kinds: ['screen', 'audio'], room: 'main' });
    expect(Math.abs((part?.startedAtUs ?? 0) - startedAtUs)).toBeLessThan(100_000);
    const file = await FileWindow.open(fs, target, 4096);
    const { tracks } = await readMatroskaHead(file);
    await file.close();
    expect(tracks).toMatchObject([
      { number: 1, width: 80, height: 60 },
      { number: 3, ...{ sampleRateHz: SOUND.sampleRateHz, channels: SOUND.channels } },
    ]);
  });

  it('names a file without head and frames, and leaves nothing', async () => {
    const folder = await temporaryFolder();
    const path = await place(join(folder, 'a-0001.open.mkv'), Buffer.alloc(50_000));
    const target = join(folder, 'a-0001.recovered.mkv');
    expect(await faultOf(recoverFile(fs, path, target))).toBe('MEET_RECORDING_DAMAGED');
    expect(await readdir(folder)).toEqual(['a-0001.open.mkv']);
  });

  it('removes what one that was killed has left, and nothing of one that is at work', async () => {
    const folder = await temporaryFolder();
    const path = await place(join(folder, 'a-0001.open.mkv'), OPEN);
    const dead = spawnSync(process.execPath, ['-e', '0']).pid;
    await place(join(folder, `.a-0001.recovered.mkv.${dead}-1.part`), Buffer.from('half'));
    const others = [
      `.a-0001.recovered.mkv.${process.ppid}-1.part`,
      `.a-0002.recovered.mkv.${dead}-1.part`,
    ];
    for (const name of others) await place(join(folder, name), Buffer.from('half'));
    // Of another machine, it may be: it was written to just now.
    const fresh = `.a-0001.recovered.mkv.${dead}-2.part`;
    await place(join(folder, fresh), Buffer.from('half'), 1);
    await recoverFile(fs, path, join(folder, 'a-0001.recovered.mkv'));
    const left = [...others, fresh, 'a-0001.open.mkv', 'a-0001.recovered.mkv'];
    expect((await readdir(folder)).sort()).toEqual(left.sort());
  });

  it('lets one of two at once write the file, and tells the other', async () => {
    const folder = await temporaryFolder();
    const path = await place(join(folder, 'a-0001.open.mkv'), OPEN);
    const target = join(folder, 'a-0001.recovered.mkv');
    const codes = await Promise.all([1, 2].map(() => faultOf(recoverFile(fs, path, target))));
    expect(codes.sort()).toEqual(['MEET_FILE_EXISTS', 'none']);
    expect(await verifyFile(fs, target)).toMatchObject({ faults: [], isCut: false });
    expect(await readdir(folder)).toHaveLength(2);
  });

  it.skipIf(NO_DISK)('says so where the disk is full, and leaves nothing', async () => {
    const folder = await tinyDisk();
    const { bytes } = makeSegment({ appends: halfSeconds(6), isClosed: false });
    const path = await place(join(folder, 'a-0001.open.mkv'), bytes);
    await writeFile(join(folder, 'filling'), Buffer.alloc(1024 * 1024 - bytes.length - 80_000));
    const target = join(folder, 'a-0001.recovered.mkv');
    expect(await faultOf(recoverFile(fs, path, target))).toBe('MEET_DISK_FULL');
    expect((await readdir(folder)).sort()).toEqual(['a-0001.open.mkv', 'filling']);
  });

  it.skipIf(needs('mkvtoolnix', 'ffmpeg'))('makes files that others find no fault in', async () => {
    const { default: sharp } = await import('sharp');
    const pixels = Buffer.from(Array.from({ length: 64 * 48 * 3 }, (_, at) => (at * 37) % 251));
    const raw = { width: 64, height: 48, channels: 3 } as const;
    const jpeg = await sharp(pixels, { raw }).jpeg().toBuffer();
    const appends = halfSeconds(6).map((blocks) =>
      blocks.map((block) => (block.track === 'screen' ? { ...block, payload: jpeg } : block)),
    );
    const { bytes, clusters } = makeSegment({
      ...{ appends, size: { width: 64, height: 48 }, isClosed: false },
    });
    const folder = await temporaryFolder();
    const damaged = Buffer.from(bytes.subarray(0, bytes.length - 700));
    damaged.fill(0, (clusters[2] ?? 0) + 50, (clusters[2] ?? 0) + 60);
    const target = join(folder, 'a.recovered.mkv');
    await recoverFile(fs, await place(join(folder, 'a.open.mkv'), damaged), target);
    await inspect(target);
    await decodeAll(target);
    const probed = await probe(target);
    // The damaged cluster and the last pictures of the cut one are missing.
    expect(probed.packets('screen').length).toBeGreaterThanOrEqual(23);
    expect(probed.durationMs).toBeGreaterThan(2700);
  });
});
