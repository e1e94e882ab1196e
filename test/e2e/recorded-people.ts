/**
 * A meeting of three on disk, as the recorder writes it: who comes late, who leaves early, pictures whose
 * size changes, a tone each. Owns making it; what is done with it is the tests' affair.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TimedBlock } from '../../src/daemon/recording/matroska/segment-muxer.js';
import { STARTED_AT_US, makeSegment, place } from '../daemon/recording/reading/made-segment.js';
import type { MeetEnd } from '../setup/meet-program.js';
import { runMeet } from '../setup/meet-program.js';

export const SOUND_RATE_HZ = 48_000;
export const MEETING = 'main/20261123T121530Z';

export interface Person {
  readonly name: string;
  readonly file: string;
  readonly kind: 'screen' | 'video';
  /** Comes and leaves, in seconds from the meeting's start. */
  readonly from: number;
  readonly to: number;
  readonly toneHz: number;
  readonly colours: readonly [string, string];
  /** What there is nothing of. */
  readonly lacks?: 'pictures' | 'sound';
}

export const PEOPLE: readonly Person[] = [
  // prettier-ignore
  { name: 'Anna', file: 'anna', kind: 'screen', from: 0, to: 4, toneHz: 440, colours: ['#c04020', '#20c0a0'] },
  // prettier-ignore
  { name: 'Bert <3', file: 'bert-3', kind: 'screen', from: 1, to: 4, toneHz: 700, colours: ['#3060d0', '#d0d040'] },
  // prettier-ignore
  { name: 'Çelik', file: 'celik', kind: 'video', from: 0, to: 2, toneHz: 1200, colours: ['#804090', '#50a030'] },
];

/** A field of two colours: the first at the left. */
export async function picture(
  [left, right]: readonly [string, string],
  width: number,
  height: number,
): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const half = { width: width / 2, height, channels: 3, background: right } as const;
  const input = await sharp({ create: half }).png().toBuffer();
  const whole = { width, height, channels: 3, background: left } as const;
  return await sharp({ create: whole })
    .composite([{ input, left: width / 2, top: 0 }])
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** 20 ms of a tone of one channel. */
export function tone(frequencyHz: number, fromSeconds: number): Buffer {
  const samples = Int16Array.from({ length: SOUND_RATE_HZ / 50 }, (_, at) => {
    const seconds = fromSeconds + at / SOUND_RATE_HZ;
    return Math.round(0.2 * 32_767 * Math.sin(2 * Math.PI * frequencyHz * seconds));
  });
  return Buffer.from(samples.buffer);
}

/** Two pictures a second, whose size changes in the middle, and a tone. */
export async function segmentOf(person: Person): Promise<Buffer> {
  const { from, to, kind, toneHz, colours } = person;
  const first = await picture(colours, 160, 90);
  const second = await picture(colours, 96, 96);
  const atUs = (seconds: number): number => STARTED_AT_US + Math.round(seconds * 1e6);
  const appends: TimedBlock[][] = [];
  for (let half = from; half < to; half += 0.5) {
    const payload = half < (from + to) / 2 ? first : second;
    const blocks: TimedBlock[] = [{ track: kind, atUs: atUs(half), payload }];
    for (let chunk = 0; chunk < 25; chunk += 1) {
      const seconds = half + chunk * 0.02;
      blocks.push({ track: 'audio', atUs: atUs(seconds), payload: tone(toneHz, seconds - from) });
    }
    const lacked = person.lacks === 'sound' ? 'audio' : kind;
    appends.push(
      person.lacks === undefined ? blocks : blocks.filter(({ track }) => track !== lacked),
    );
  }
  const startedAtUs = atUs(from);
  return makeSegment({
    ...{ participant: person.name, startedAtUs, appends, size: { width: 160, height: 90 } },
  }).bytes;
}

export interface RecordedScene {
  readonly cwd: string;
  /** Where the segments are. */
  readonly folder: string;
  readonly rec: (...args: string[]) => Promise<MeetEnd>;
}

/** The meeting in a folder of the test's own, gone with it. */
export async function recordedScene(people: readonly Person[] = PEOPLE): Promise<RecordedScene> {
  const cwd = await mkdtemp(join(tmpdir(), 'meet-recorded-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const folder = join(cwd, 'recordings', MEETING);
  for (const person of people) {
    await place(join(folder, `${person.file}-0001.mkv`), await segmentOf(person));
  }
  return { cwd, folder, rec: (...args) => runMeet(['rec', ...args], { cwd }) };
}
