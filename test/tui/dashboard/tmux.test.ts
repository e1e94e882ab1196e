import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { guest } from '../../setup/scripted-meeting.js';
import type { CompiledProgram } from './compiled-dashboard.js';
import { compileDashboard } from './compiled-dashboard.js';
import { TmuxSession } from './tmux-session.js';

let compiled: CompiledProgram;

beforeAll(async () => {
  compiled = await compileDashboard();
});
afterAll(async () => {
  await compiled[Symbol.asyncDispose]();
});

describe('the dashboard in tmux', () => {
  it('shows tiles, takes keys, and leaves the line discipline as it was', async () => {
    await using session = await TmuxSession.open({ program: compiled.program });
    const roster = [guest(1, 'me', []), guest(2, 'ada', ['screen', 'audio']), guest(3, 'bob')];
    session.script.say({ do: 'roster', roster });
    await session.shows(/▸1 ada · screen/u);
    session.script.say({ do: 'picture', participant: 2, kind: 'screen', colour: 0xff0000 });
    // A plain red area, drawn with half blocks: red in a cell's foreground or background.
    await session.shows(/● live/u);
    await session.keys('Tab');
    await session.shows(/▸2 bob · screen/u);
    await session.keys('Enter');
    await session.shows(/tile 2 of 2/u);
    await session.keys('t');
    await session.shows(/ say: /u);
    await session.keys('-l', 'hello from tmux');
    await session.shows(/say: hello from tmux/u);
    await session.keys('Enter');
    await session.script.until(
      () => session.script.reports.some(({ asked }) => asked === 'chat hello from tmux'),
      () => 'the message',
    );
    await session.keys('q');
    await session.shows(/Leave the meeting\?/u);
    await session.keys('y');
    // What was on the pane before is back, and the terminal's settings are the same.
    const after = await session.shows(/(?:^[\da-f:]{30,}$[^]*){2}/mu);
    const [before, now] = after.split('\n').filter((line) => /^[\da-f:]{30,}$/u.test(line));
    expect(now).toBe(before);
  });
});
