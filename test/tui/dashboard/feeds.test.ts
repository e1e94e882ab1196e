import { describe, expect, it } from 'vitest';

import type { Frame } from '../../../src/transport/frame.js';
import { makeFrame } from '../../../src/transport/frame.js';
import { firstState } from '../../../src/tui/dashboard/dashboard-state.js';
import { LevelFeed, levelOf } from '../../../src/tui/dashboard/level-feed.js';
import { KEPT_BYTES_MAX, PictureFeed } from '../../../src/tui/dashboard/picture-feed.js';
import { COMMIT_EVERY_MS, StateStore } from '../../../src/tui/dashboard/state-store.js';
import { STALE_AFTER_MS } from '../../../src/tui/dashboard/stream-state.js';
import { ManualClock } from '../../setup/manual-clock.js';

/** Keeps what a screen was told, in order. */
function slots() {
  const told: string[] = [];
  return {
    told,
    showPicture: (slot: number, jpeg: Buffer) => told.push(`show ${slot} ${jpeg.length}`),
    clearPicture: (slot: number) => told.push(`clear ${slot}`),
  };
}

function picture(bytes: number, kind: 'screen' | 'video' = 'screen'): Frame {
  const payload = bytes === 0 ? {} : { payload: Buffer.alloc(bytes) };
  return makeFrame({ kind, sequence: 0, capturedAtUs: 1, ...payload });
}

describe('pictures on their way to the screen', () => {
  it('keep their slot while their tile stays, and come back with their page', () => {
    const screen = slots();
    const feed = new PictureFeed(screen, new ManualClock());
    feed.place(['2/screen', '3/screen']);
    feed.onPicture(2, picture(10));
    feed.onPicture(3, picture(20));
    expect(screen.told.splice(0)).toEqual(['show 0 10', 'show 1 20']);
    expect([...feed.place(['3/screen'])]).toEqual([['3/screen', 1]]);
    expect(screen.told.splice(0)).toEqual(['clear 0']);
    feed.place(['2/screen', '3/screen']);
    expect(screen.told.splice(0)).toEqual(['show 0 10']);
  });

  it('are not shown while their stream is off, and are forgotten', () => {
    const screen = slots();
    const clock = new ManualClock();
    const feed = new PictureFeed(screen, clock);
    feed.place(['2/screen']);
    feed.onPicture(2, picture(10));
    feed.silence(new Set(['2/screen']));
    feed.onPicture(2, picture(11));
    expect(screen.told).toEqual(['show 0 10', 'clear 0']);
    clock.advance(STALE_AFTER_MS);
    feed.silence(new Set());
    expect(screen.told).toEqual(['show 0 10', 'clear 0', 'clear 0']);
  });

  it('that come before the word that their stream is on are shown with it', () => {
    const screen = slots();
    const feed = new PictureFeed(screen, new ManualClock());
    feed.place(['2/screen']);
    feed.silence(new Set(['2/screen']));
    feed.onPicture(2, picture(10));
    feed.onPicture(2, picture(0));
    expect(screen.told).toEqual([]);
    feed.silence(new Set());
    expect(screen.told).toEqual(['show 0 10']);
  });

  it('make news when the first comes and when a stale stream is heard of again', () => {
    const clock = new ManualClock();
    const feed = new PictureFeed(slots(), clock);
    expect(feed.sinceRecordMs('2/screen')).toBeUndefined();
    expect(feed.onPicture(2, picture(10))).toBe(true);
    expect(feed.onPicture(2, picture(10))).toBe(false);
    clock.advance(STALE_AFTER_MS);
    expect(feed.sinceRecordMs('2/screen')).toBe(STALE_AFTER_MS);
    expect(feed.onPicture(2, picture(0))).toBe(true);
    expect(feed.sinceRecordMs('2/screen')).toBe(0);
  });

  it('of hidden tiles are kept within a limit', () => {
    const feed = new PictureFeed(slots(), new ManualClock());
    const keys = Array.from({ length: 8 }, (_, n) => `${n + 1}/screen`);
    feed.place(keys);
    for (let n = 1; n <= 8; n += 1) feed.onPicture(n, picture(8 * 1024 * 1024));
    feed.place([]);
    expect(feed.hiddenBytes).toBeGreaterThan(0);
    expect(feed.hiddenBytes).toBeLessThanOrEqual(KEPT_BYTES_MAX);
  });
});

describe('sound levels on their way to the screen', () => {
  it('are drawn where they changed, and tell when somebody begins to speak', () => {
    const drawn: string[] = [];
    let speaking = false;
    const meeting = { level: () => ({ rms: speaking ? 0.1 : 0, speaking }) };
    const feed = new LevelFeed(meeting, {
      showLevel: (meter, level, speaks) => drawn.push(`${meter} ${level.toFixed(2)} ${speaks}`),
    });
    const clock = new ManualClock();
    let news = 0;
    const stop = feed.start(clock, () => {
      news += 1;
    });
    feed.show([person(2)]);
    clock.advance(1000);
    expect(drawn.splice(0)).toEqual(['0 0.00 false']);
    speaking = true;
    clock.advance(1000);
    expect(drawn).toEqual(['0 0.60 true']);
    expect(news).toBe(1);
    stop();
    expect(clock.pending).toBe(0);
  });

  it('stand on a scale of decibels', () => {
    expect([0, 0.001, 1, 2].map(levelOf)).toEqual([0, 0, 1, 1]);
    expect(levelOf(0.1)).toBeCloseTo(0.6, 1);
  });
});

describe('the state of the panels', () => {
  it('is committed once for a burst, and not at all where nothing changed', () => {
    const clock = new ManualClock();
    const rights = { host: false, share: false };
    const store = new StateStore(clock, firstState({ columns: 80, rows: 24, room: 'a', rights }));
    let commits = 0;
    store.subscribe(() => {
      commits += 1;
    });
    for (let n = 0; n < 1000; n += 1) store.set({ notice: `${n}` });
    clock.advance(COMMIT_EVERY_MS);
    expect(commits).toBe(1);
    expect(store.shown().notice).toBe('999');
    store.set({ notice: '999' });
    clock.advance(1000);
    expect(commits).toBe(1);
    store.set({ notice: 'other' });
    store.close();
    clock.advance(1000);
    expect(commits).toBe(1);
    expect(clock.pending).toBe(0);
  });
});

function person(participant: number) {
  return {
    participant,
    name: 'ada',
    self: false,
    away: false,
    plaintext: false,
    caution: undefined,
    hand: false,
    mutedHere: false,
    speaking: false,
    sounding: true,
    watcher: false,
  };
}
