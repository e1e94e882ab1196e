/** A bit that is turned in a segment's first page, or in a checksum's own head: none of it goes unnoticed. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemRecordingFs as fs } from '../../../../src/daemon/recording/recording-fs.js';
import {
  HEAD_BYTES,
  SEGMENT_DATA_AT,
} from '../../../../src/daemon/recording/matroska/head-page.js';
import { ELEMENTS } from '../../../../src/daemon/recording/matroska/elements.js';
import { children } from '../../../../src/daemon/recording/reading/ebml.js';
import { readForeignPart } from '../../../../src/daemon/recording/reading/mkv-part.js';
import { recoverFile } from '../../../../src/daemon/recording/reading/recover-file.js';
import { verifyFile } from '../../../../src/daemon/recording/reading/verify-file.js';
import { MeetError } from '../../../../src/transport/errors.js';
import { wireJpeg } from '../../../setup/wire.js';
import { temporaryFolder } from '../temporary-folder.js';
import { STARTED_AT_US, halfSeconds, makeSegment, place } from './made-segment.js';

const APPENDS = halfSeconds(2).map((blocks) =>
  blocks.map((block) =>
    block.track === 'screen' ? { ...block, payload: wireJpeg(80, 60) } : block,
  ),
);
const { bytes: WHOLE, clusters: CLUSTERS } = makeSegment({ appends: APPENDS });
const FRAMES = 20;
/** An element's head and that of its checksum. */
const OPENING_BYTES = 20;

/** Bytes of the page that mean something: what fills it may hold anything. */
function meaningfulBytes(): number[] {
  const fillings = [...children(WHOLE, SEGMENT_DATA_AT, HEAD_BYTES)]
    .filter(({ id }) => id === ELEMENTS.Void.id)
    .map(({ start, end }) => ({ start, end }));
  const page = Array.from({ length: HEAD_BYTES }, (_, at) => at);
  return page.filter((at) => !fillings.some(({ start, end }) => at >= start && at < end));
}

async function isNoticed(path: string): Promise<boolean> {
  try {
    return (await verifyFile(fs, path)).faults.length > 0;
  } catch (thrown) {
    if (thrown instanceof MeetError && thrown.code === 'MEET_RECORDING_DAMAGED') return true;
    throw thrown;
  }
}

/** As the recorder leaves it: last written to when it ended. */
async function damaged(folder: string, at: number): Promise<string> {
  const bytes = Buffer.from(WHOLE);
  bytes[at] = (bytes[at] ?? 0) ^ 0x01;
  const ageSeconds = Date.now() / 1000 - (STARTED_AT_US / 1e6 + 1);
  return await place(join(folder, 'anna-0001.mkv'), bytes, ageSeconds);
}

test('Each byte of a page that is turned is noticed, and what is recovered is whole and still of the same meeting', async () => {
  const folder = join(await temporaryFolder(), 'main', '20261123T121530Z');
  const target = join(folder, 'anna-0001.recovered.mkv');
  await mkdir(folder, { recursive: true });
  // All of the EBML header; of the rest one of thirteen.
  const bytes = meaningfulBytes().filter((at) => at < SEGMENT_DATA_AT || at % 13 === 2);
  for (const at of bytes) {
    const path = await damaged(folder, at);
    expect(await isNoticed(path), `byte ${at}`).toBe(true);
    await rm(target, { force: true });
    const recovered = await recoverFile(fs, path, target);
    expect(recovered.framesKept, `byte ${at}`).toBe(FRAMES);
    expect(await isNoticed(target), `byte ${at}, recovered`).toBe(false);
    const part = await readForeignPart(fs, target, STARTED_AT_US);
    expect(part.participant.toLowerCase(), `byte ${at}`).toBe('anna');
    expect(Math.abs(part.startedAtUs - STARTED_AT_US), `byte ${at}`).toBeLessThan(1_500_000);
    expect(part.kinds, `byte ${at}`).toEqual(['screen', 'audio']);
  }
});

test('A cluster and an index whose checksum cannot be made out any more are damage', async () => {
  const folder = await temporaryFolder();
  const last = CLUSTERS.at(-1) ?? 0;
  const [cues] = [...children(WHOLE, last, WHOLE.length)].filter(
    ({ id }) => id === ELEMENTS.Cues.id,
  );
  for (const element of [last, cues?.at ?? 0]) {
    for (let at = element; at < element + OPENING_BYTES; at += 1) {
      expect(await isNoticed(await damaged(folder, at)), `byte ${at}`).toBe(true);
    }
  }
});
