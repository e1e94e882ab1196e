/**
 * Faults at some networks of a meeting of older clients, each kind by itself and then all mixed, and
 * what must be so between and after them. Owns the judging; the meeting is older-meeting.ts's.
 */
import { expect } from 'vitest';
import { loadJpegCodec } from '../../src/daemon/picture-encoding/jpeg-codec.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import type { FaultProxy } from '../setup/fault-proxy.js';
import { OlderMeeting } from './older-meeting.js';
import { FAULT_NAMES } from './random-faults.js';
import { leftOver, resources } from './resources.js';

const WHOLE_WITHIN_MS = 5000;
const STORM_MS = 1000 * Number(process.env.MEET_STORM_SECONDS ?? 2);

export interface Weather {
  readonly seed: number;
  readonly bridged: boolean;
  /** Which networks misbehave. */
  readonly at: (meeting: OlderMeeting) => FaultProxy[];
}

/** The networks between the older clients and what they are connected to. */
export function nearOnes({ near }: OlderMeeting): FaultProxy[] {
  return near.flatMap((each) => Object.values(each));
}

export async function olderWeather({ seed, bridged, at }: Weather): Promise<void> {
  // What it loads stays.
  await loadJpegCodec();
  const before = resources();
  const meeting = await OlderMeeting.start(seed, { bridged });
  for (const kind of FAULT_NAMES) {
    await meeting.storm(at(meeting), [kind], STORM_MS / 4);
    await meeting.whole(WHOLE_WITHIN_MS);
  }
  await meeting.storm(at(meeting), FAULT_NAMES, STORM_MS);
  await meeting.whole(WHOLE_WITHIN_MS);
  const lostBefore = STREAM_KINDS.map((kind) => lostOf(meeting, kind));
  // Nobody is shown out, and no bridge ends, for what a network does.
  expect(meeting.faults).toEqual([]);
  await meeting.close();
  expect(meeting.sharers.map(({ fault }) => fault)).toEqual(meeting.sharers.map(() => undefined));
  for (const kind of STREAM_KINDS) expectArrived(meeting, kind);
  for (const [at, kind] of STREAM_KINDS.entries()) {
    // A timeout of the storm's may have ended a connection only after it.
    expectCarried(meeting, kind, lostOf(meeting, kind) === lostBefore[at]);
  }
  await expect.poll(() => leftOver(before), { timeout: 10_000, interval: 50 }).toEqual({});
}

/**
 * The older framing acknowledges nothing: of a connection that is cut what was under way is gone, and
 * nobody can count it. All else came, in order, without a gap.
 */
function expectArrived(meeting: OlderMeeting, kind: StreamKind): void {
  const { sharers, first } = meeting;
  const starts = sharers.flatMap((_, at) => passed(meeting, at, kind));
  const sent = starts.reduce((sum, { frames }) => sum + frames, 0);
  const { frames, dropped, lost, disordered } = first.got[kind];
  expect([lost, disordered]).toEqual([0, 0]);
  expect(frames + dropped).toBeLessThanOrEqual(sent);
  if (starts.every(({ isLast }) => isLast)) expect(frames + dropped).toBe(sent);
  if (kind === 'video') return;
  for (const { key, frames: most, isLast } of starts) {
    const came = first.frames.get(key) ?? 0;
    if (isLast) expect(came).toBe(most);
    else expect(came).toBeLessThanOrEqual(most);
  }
}

/** Whole frames that went through a proxy for one sharer, for each start of its program. */
function passed(
  { sharers, near }: OlderMeeting,
  at: number,
  kind: StreamKind,
): { key: string; frames: number; isLast: boolean }[] {
  const sharer = sharers[at];
  const written = sharer?.written[kind] ?? [];
  return written.map(({ ends }, start) => {
    const bytes = near[at]?.[kind].passedBy[start]?.up ?? 0;
    const isLast = start === written.length - 1;
    const frames = isLast ? ends.length : ends.filter((end) => end <= bytes).length;
    return { key: `${sharer?.id}/${kind}/${start + 1}`, frames, isLast };
  });
}

/** What the bridge has lost with its connections, and without any. */
function lostOf({ bridge }: OlderMeeting, kind: StreamKind): number {
  const { lost = 0, unacknowledged = 0 } = bridge?.rows().find((each) => each.kind === kind) ?? {};
  return lost + unacknowledged;
}

/**
 * All that the older clients' daemon got the bridge has sent, dropped or had no connection for.
 * `isWhole`: no connection was lost at the end.
 */
function expectCarried(
  { bridge, first, last, sharers }: OlderMeeting,
  kind: StreamKind,
  isWhole: boolean,
): void {
  const row = bridge?.rows().find((each) => each.kind === kind);
  if (bridge === undefined) return;
  const { frames = 0, lost = 0, dropped = 0, unacknowledged = 0 } = row ?? {};
  const offered = first.got[kind].frames;
  expect(frames + lost + dropped).toBe(offered);
  const came = last.got[kind];
  expect(came.disordered).toBe(0);
  expect(came.frames).toBeLessThanOrEqual(frames);
  expect(came.frames).toBeGreaterThanOrEqual(frames - unacknowledged);
  // What a stream lost at its very end no later frame tells of.
  expect(came.frames + came.lost).toBeLessThanOrEqual(offered);
  const isOnce = sharers.every(({ written }) => written[kind].length === 1);
  if (isOnce && isWhole) expect(came.frames + came.lost).toBe(offered);
}
