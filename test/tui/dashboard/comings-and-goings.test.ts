import { describe, expect, it, onTestFinished } from 'vitest';
import type { RosterEntry } from '../../../src/transport/roster-records.js';
import { Dashboard } from '../../../src/tui/dashboard/dashboard.js';
import { focusedTile } from '../../../src/tui/dashboard/dashboard-state.js';
import { requestCommands } from '../../../src/tui/dashboard/request-commands.js';
import { movementCommands, panelCommands } from '../../../src/tui/dashboard/view-commands.js';
import { ManualClock } from '../../setup/manual-clock.js';
import { ScriptedMeeting, guest } from '../../setup/scripted-meeting.js';
import { BLANK_SCREEN } from './blank-screen.js';

const ADA = guest(2, 'ada', ['screen', 'video']);
const BOB = guest(3, 'bob');

/** A dashboard of a meeting, and what its keys do. */
function open(roster: readonly RosterEntry[], focus?: { name: string }) {
  const meeting = new ScriptedMeeting();
  meeting.roster = roster;
  meeting.rights = { host: true, share: false };
  const dashboard = new Dashboard({
    meeting,
    screen: BLANK_SCREEN,
    clock: new ManualClock(),
    ...(focus === undefined ? {} : { focus }),
  });
  dashboard.start();
  onTestFinished(() => {
    dashboard.close();
  });
  const commands = {
    ...movementCommands(dashboard),
    ...panelCommands(dashboard, meeting, () => undefined),
    ...requestCommands(dashboard, meeting),
  };
  const view = (): string => {
    const { name, kind } = focusedTile(dashboard.state) ?? {};
    return dashboard.state.zoomed ? `${name ?? ''} ${kind ?? ''}` : 'all';
  };
  return { meeting, dashboard, commands, view };
}

describe('a tile that is shown alone', () => {
  it('makes way for all tiles when it goes, and is alone again when it comes back', () => {
    const { meeting, commands, view } = open([ADA, BOB]);
    commands['move-next']('');
    commands.zoom('');
    expect(view()).toBe('ada video');
    meeting.setRoster([BOB]);
    expect(view()).toBe('all');
    meeting.setRoster([BOB, guest(4, 'ada')]);
    expect(view()).toBe('all');
    meeting.setRoster([BOB, guest(4, 'ada', ['screen', 'video'])]);
    expect(view()).toBe('ada video');
  });

  it('is brought back as a picture where it was sound alone', () => {
    const { meeting, commands, view } = open([guest(2, 'ada', ['audio']), BOB]);
    commands.zoom('');
    expect(view()).toBe('ada audio');
    meeting.setRoster([BOB]);
    meeting.setRoster([BOB, guest(4, 'ada', ['screen', 'audio'])]);
    expect(view()).toBe('ada screen');
  });

  it('is not brought back to one who looks elsewhere by then', () => {
    const { meeting, commands, view } = open([ADA, BOB], { name: 'ada' });
    expect(view()).toBe('ada screen');
    meeting.setRoster([BOB]);
    commands.direct('1');
    expect(view()).toBe('bob screen');
    meeting.setRoster([BOB, guest(4, 'ada')]);
    expect(view()).toBe('bob screen');
  });
});

describe("the host's menu", () => {
  it('closes when the one whom it is about goes, and does nothing to the next', () => {
    const { meeting, dashboard, commands } = open([ADA, BOB]);
    commands['host-menu']('');
    commands['ask-kick']('');
    expect(dashboard.state).toMatchObject({ dialog: 'kick', subject: { name: 'ada' } });
    meeting.setRoster([BOB]);
    meeting.setRoster([guest(2, 'eve'), BOB]);
    expect(dashboard.state).toMatchObject({ dialog: 'none', subject: undefined });
    commands.kick('');
    expect(meeting.asked).toEqual([]);
  });
});
