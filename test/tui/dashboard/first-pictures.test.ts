import { expect, it } from 'vitest';
import { Dashboard } from '../../../src/tui/dashboard/dashboard.js';
import type { Screen } from '../../../src/tui/terminal/screen.js';
import { ManualClock } from '../../setup/manual-clock.js';
import { ScriptedMeeting, guest } from '../../setup/scripted-meeting.js';

/** A screen that shows nothing. */
const SCREEN: Screen = {
  columns: 120,
  rows: 40,
  able: ['half'],
  shownMode: 'half',
  pictureMode: 'auto',
  figures: {
    frames: 0,
    bytes: 0,
    picturesReplaced: 0,
    picturesBroken: 0,
    unacknowledged: 0,
    acknowledgedAfterMs: undefined,
  },
  onResize: () => () => undefined,
  showFrame: () => undefined,
  showPicture: () => undefined,
  clearPicture: () => undefined,
  clearPictures: () => undefined,
  showLevel: () => undefined,
  tileOf: () => undefined,
  close: () => Promise.resolve(),
  repaint: () => undefined,
};

it('the first pictures are asked for when their tiles have been drawn, not while they are', () => {
  const clock = new ManualClock();
  const meeting = new ScriptedMeeting();
  meeting.roster = [guest(2, 'ada')];
  const told: string[] = [];
  meeting.onAsked = (what) => told.push(what);
  const dashboard = new Dashboard({ meeting, screen: SCREEN, clock });
  dashboard.store.subscribe(() => {
    told.push(
      `draws ${dashboard.store
        .shown()
        .tiles.map(({ key }) => key)
        .join(' ')}`,
    );
  });
  dashboard.start();
  expect(told).toEqual([]);
  clock.advance(0);
  expect(told).toEqual(['draws 2/screen', 'select 2/screen']);
  dashboard.close();
  expect(clock.pending).toBe(0);
});
