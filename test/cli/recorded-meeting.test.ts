import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RecordedMeeting } from '../../src/cli/rec/recorded-meeting.js';
import type { TimedBlock } from '../../src/daemon/recording/matroska/segment-muxer.js';
import { listMeetings } from '../../src/daemon/recording/reading/catalog.js';
import { systemRecordingFs as fs } from '../../src/daemon/recording/recording-fs.js';
import type { RosterEntry } from '../../src/transport/roster-records.js';
import {
  STARTED_AT_US,
  halfSeconds,
  makeSegment,
  place,
} from '../daemon/recording/reading/made-segment.js';
import { ManualClock } from '../setup/manual-clock.js';

const SECONDS = 20;
/** Far more than any read takes; ends a test that failed. */
const SETTLE_MS = 20_000;

/** Anna from the start on, Bert from 5 s on; ten pictures a second each. */
class Scene {
  readonly clock = new ManualClock();
  readonly meeting: RecordedMeeting;
  readonly playing: Promise<void>;
  /** When each picture was captured, in seconds of the recording, in the order in which they came. */
  readonly shown: number[] = [];
  /** Some that came before their time. */
  readonly early: number[] = [];
  /** Messages, and pictures that stand and are confirmed. */
  readonly said: string[] = [];
  confirmed = 0;

  constructor(parts: ConstructorParameters<typeof RecordedMeeting>[0]['parts']) {
    this.meeting = new RecordedMeeting({
      ...{ fs, clock: this.clock, room: 'main', parts, speed: 1, sound: undefined },
      fromUs: STARTED_AT_US,
      toUs: STARTED_AT_US + SECONDS * 1e6,
    });
    this.meeting.listen({
      onPicture: (_, frame) => {
        if (frame.unchanged) this.confirmed += 1;
        if (frame.unchanged) return;
        const capturedSeconds = (frame.capturedAtUs - STARTED_AT_US) / 1e6;
        this.shown.push(capturedSeconds);
        if (capturedSeconds > this.atSeconds + 0.001) this.early.push(capturedSeconds);
      },
      onRoster: () => undefined,
      onChat: ({ text }) => {
        this.said.push(text);
      },
      onConnection: () => undefined,
      onNotice: () => undefined,
    });
    const stop = new AbortController();
    this.playing = this.meeting.run(stop.signal, true);
    onTestFinished(async () => {
      stop.abort();
      await this.playing;
    });
  }

  static async make(): Promise<Scene> {
    const root = await mkdtemp(join(tmpdir(), 'meet-play-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const folder = join(root, 'main/20261123T121530Z');
    const later = { participant: 'Bert', startedAtUs: STARTED_AT_US + 5e6 };
    const appends = halfSeconds((SECONDS - 5) * 2, later.startedAtUs);
    await place(join(folder, 'anna-0001.mkv'), makeSegment({ appends: annas() }).bytes);
    await place(join(folder, 'bert-0001.mkv'), makeSegment({ ...later, appends }).bytes);
    const [meeting] = await listMeetings(fs, root, Date.now() * 1000);
    return new Scene(meeting?.parts ?? []);
  }

  /**
   * Lets the clock run until `reached`, 20 ms a turn, and only while something waits for it: it stands
   * still while files are read, however long a busy machine takes for that.
   */
  async until(reached: () => boolean): Promise<void> {
    const untilMs = performance.now() + SETTLE_MS;
    while (!reached()) {
      if (performance.now() > untilMs) throw new Error(`not reached after ${SETTLE_MS} ms`);
      if (this.clock.pending > 0) this.clock.advance(20);
      await new Promise((next) => setImmediate(next));
    }
  }

  get newestSeconds(): number {
    return this.shown.at(-1) ?? -1;
  }

  get atSeconds(): number {
    return this.meeting.player.state().atMs / 1000;
  }
}

/** What happened to Anna, in seconds of the recording. */
const HAPPENED = [
  { at: 1, event: { type: 'chat', name: 'Anna', text: 'hello' } },
  { at: 4, event: { type: 'hand', up: true } },
  { at: 6, event: { type: 'state', kind: 'screen', state: 'off', by: 'host' } },
  { at: 8, event: { type: 'state', kind: 'screen', state: 'on', by: 'host' } },
] as const;

/** Ten pictures a second but from 6 s to 8 s, when the host had stopped them. */
function annas(): TimedBlock[][] {
  return halfSeconds(SECONDS * 2).map((blocks, half) => {
    const happened = HAPPENED.filter(({ at }) => at * 2 === half).map(({ at, event }) => {
      const atUs = STARTED_AT_US + at * 1e6;
      const json = JSON.stringify({ ...event, atUs });
      return { track: 'events', atUs, words: 'something happened', json } as const;
    });
    const isOff = half >= 12 && half < 16;
    return [...blocks.filter(({ track }) => !isOff || track !== 'screen'), ...happened];
  });
}

describe('a recording that is played', () => {
  it('shows every picture, none before its time, and who is there', async () => {
    const scene = await Scene.make();
    await scene.until(() => scene.newestSeconds >= 2);
    await scene.until(() => scene.newestSeconds >= 7);
    expect(scene.meeting.roster.map(({ name }) => name)).toEqual(['Anna', 'Bert']);
    expect(scene.meeting.roster[0]?.streams.map(({ kind }) => kind)).toEqual(['screen', 'audio']);
    expect(scene.early).toEqual([]);
    const anna = new Set(scene.shown.map((seconds) => Math.round(seconds * 10)));
    expect(anna.size).toBe(71);
  });

  it('stands still while it is paused, and goes on from there', async () => {
    const scene = await Scene.make();
    await scene.until(() => scene.newestSeconds >= 1);
    scene.meeting.player.pause();
    const { atSeconds } = scene;
    let turns = 0;
    await scene.until(() => (turns += 1) > 100);
    expect(scene.atSeconds).toBe(atSeconds);
    expect(scene.newestSeconds).toBeLessThanOrEqual(atSeconds);
    scene.meeting.player.pause();
    await scene.until(() => scene.newestSeconds >= atSeconds + 1);
    expect(scene.early).toEqual([]);
  });

  it('goes to where it is sent, and never beyond its ends', async () => {
    const scene = await Scene.make();
    await scene.until(() => scene.shown.length > 0);
    // While it stands still, what stood at that moment is all that comes.
    scene.meeting.player.pause();
    const seek = async (byMs: number): Promise<number> => {
      const count = scene.shown.length;
      scene.meeting.player.seek(byMs);
      await scene.until(() => scene.shown.length > count);
      return scene.shown[count] ?? -1;
    };
    expect(await seek(10_000 - scene.atSeconds * 1000)).toBeCloseTo(10, 3);
    expect(await seek(-4000)).toBeCloseTo(6, 3);
    expect(await seek(-60_000)).toBeCloseTo(0, 3);
    expect(await seek(600_000)).toBeCloseTo(SECONDS, 3);
    scene.meeting.player.pause();
    await scene.until(() => scene.meeting.player.state().isPaused);
    expect(scene.atSeconds).toBe(SECONDS);
    // From the end it begins anew.
    const count = scene.shown.length;
    scene.meeting.player.pause();
    await scene.until(() => scene.shown.length > count);
    expect(scene.shown[count]).toBeLessThan(0.2);
  });

  it('goes faster and slower, within bounds', async () => {
    const scene = await Scene.make();
    await scene.until(() => scene.shown.length > 0);
    for (let step = 0; step < 10; step += 1) scene.meeting.player.faster(1);
    expect(scene.meeting.player.state().speed).toBe(8);
    const startedMs = scene.clock.now();
    const from = scene.atSeconds;
    await scene.until(() => scene.atSeconds >= from + 8);
    expect(scene.clock.now() - startedMs).toBeLessThan(1200);
    for (let step = 0; step < 10; step += 1) scene.meeting.player.faster(-1);
    expect(scene.meeting.player.state().speed).toBe(0.25);
  });

  it('knows at any moment what is off, and by whom, and whose hand is up', async () => {
    const scene = await Scene.make();
    const anna = (): RosterEntry | undefined => scene.meeting.roster[0];
    const screen = (): string | undefined =>
      anna()?.streams.find(({ kind }) => kind === 'screen')?.host;
    await scene.until(() => scene.newestSeconds >= 4.2);
    await scene.until(() => anna()?.hand === true);
    scene.meeting.player.pause();
    scene.meeting.player.seek(7000 - scene.atSeconds * 1000);
    await scene.until(() => screen() === 'off');
    scene.meeting.player.seek(2000);
    await scene.until(() => screen() === 'on');
    scene.meeting.player.seek(-60_000);
    await scene.until(() => scene.atSeconds === 0 && anna()?.hand === false);
  });

  it('tells a message once, however often its moment is played', async () => {
    const scene = await Scene.make();
    await scene.until(() => scene.newestSeconds >= 2);
    scene.meeting.player.seek(-60_000);
    const count = scene.shown.length;
    await scene.until(() => scene.shown.length > count && scene.newestSeconds < 1);
    await scene.until(() => scene.newestSeconds >= 2);
    expect(scene.said).toEqual(['hello']);
  });

  it('confirms the pictures that stand, also while it stands still', async () => {
    const scene = await Scene.make();
    await scene.until(() => scene.newestSeconds >= 1);
    scene.meeting.player.pause();
    const { confirmed } = scene;
    await scene.until(() => scene.confirmed >= confirmed + 3);
    expect(scene.newestSeconds).toBeLessThanOrEqual(scene.atSeconds);
  });
});
