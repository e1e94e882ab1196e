import { describe, expect, it } from 'vitest';
import { readStay, staysIn } from '../e2e/recorded.js';
import { seedWanted } from '../fuzz/fuzz-run.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import type { MeetingOptions } from './faulty-meeting.js';
import { FaultyMeeting } from './faulty-meeting.js';
import type { FaultKind } from './random-faults.js';
import { FAULT_NAMES } from './random-faults.js';
import { leftOver, resources } from './resources.js';

const WHOLE_WITHIN_MS = 5000;
const STORM_MS = 1000 * Number(process.env.MEET_STORM_SECONDS ?? 3);
const seed = seedWanted();

/** Every frame that a sharer made is accounted for by the sharer, the daemon and the viewer. */
function expectSums({ streams, daemon, shown }: FaultyMeeting): void {
  const rows = daemon.daemon.stats().streams;
  // In the order in which they joined, as the daemon has its rows.
  for (const [at, { sharing, kind, isShown }] of streams.entries()) {
    const { offered, written, dropped, lostOffline } = sharing.stream.stats;
    const number = 1 + Math.floor(at / 3);
    const row = rows.find((each) => each.participant === number && each.kind === kind);
    const seen = shown.get(`${number}/${kind}`);
    expect(written + dropped + lostOffline).toBe(offered);
    expect(row?.frames).toBe(offered - (row?.lost ?? 0));
    if (!isShown) continue;
    if (row === undefined || seen === undefined) throw new Error(`${number}/${kind} is missing`);
    expect(seen.disordered).toBe(0);
    expect(seen.frames + seen.missing).toBe(offered);
    expect(seen.frames).toBeLessThanOrEqual(row.frames);
  }
}

/** What lies on disk, and the gaps that it tells of, are all that was offered. */
async function expectRecorded({ folder, streams }: FaultyMeeting): Promise<void> {
  const stays = await Promise.all((await staysIn(folder)).map((stay) => readStay(stay)));
  expect(stays.flatMap(({ faults }) => faults)).toEqual([]);
  const recorded = stays.flatMap(({ lines }) =>
    (['screen', 'video', 'audio'] as const).map((kind) => countOf(lines, kind)),
  );
  const offered = streams.map(({ sharing }) => sharing.stream.stats.offered);
  expect(recorded.sort()).toEqual(offered.sort());
}

function countOf(lines: Awaited<ReturnType<typeof readStay>>['lines'], wanted: StreamKind): number {
  let sum = 0;
  for (const line of lines) {
    if ((line.type === 'frame' || line.type === 'unchanged') && line.kind === wanted) sum += 1;
    else if (line.type === 'gap' && line.kind === wanted) sum += line.frames ?? 0;
  }
  return sum;
}

async function weather(
  kinds: readonly FaultKind[],
  stormMs: number,
  options: MeetingOptions = {},
): Promise<void> {
  const before = resources();
  const meeting = await FaultyMeeting.start(seed, options);
  await meeting.storm(stormMs, kinds);
  await meeting.whole(WHOLE_WITHIN_MS);
  await meeting.finish();
  expectSums(meeting);
  await meeting.close();
  await expectRecorded(meeting);
  await expect.poll(() => leftOver(before), { timeout: 10_000, interval: 50 }).toEqual({});
}

describe(`a meeting whose every network misbehaves (MEET_FUZZ_SEED=${seed})`, () => {
  it.each(FAULT_NAMES)(
    'by %s alone is whole again within 5 s, with every frame accounted for and nothing left open',
    async (kind) => {
      await weather([kind], STORM_MS / 3);
    },
    120_000,
  );

  it(
    'by everything mixed is whole again within 5 s, with every frame accounted for and nothing left open',
    async () => {
      await weather(FAULT_NAMES, STORM_MS);
    },
    120_000 + STORM_MS,
  );

  it(
    'and is encrypted, by everything mixed, is whole again within 5 s, with every frame accounted for and nothing left open',
    async () => {
      await weather(FAULT_NAMES, STORM_MS, { tls: true });
    },
    120_000 + STORM_MS,
  );

  it(
    'and one who has joined it, by everything mixed, are whole again within 5 s, with every frame accounted for and nothing left open',
    async () => {
      await weather(FAULT_NAMES, STORM_MS, { tls: true, joined: true });
    },
    120_000 + STORM_MS,
  );
});
