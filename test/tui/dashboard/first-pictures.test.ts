import { expect, it } from 'vitest';
import { Dashboard } from '../../../src/tui/dashboard/dashboard.js';
import { ManualClock } from '../../setup/manual-clock.js';
import { ScriptedMeeting, guest } from '../../setup/scripted-meeting.js';
import { BLANK_SCREEN } from './blank-screen.js';

it('the first pictures are asked for when their tiles have been drawn, not while they are', () => {
  const clock = new ManualClock();
  const meeting = new ScriptedMeeting();
  meeting.roster = [guest(2, 'ada')];
  const told: string[] = [];
  meeting.onAsked = (what) => told.push(what);
  const dashboard = new Dashboard({ meeting, screen: BLANK_SCREEN, clock });
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
