import { describe, expect, it } from 'vitest';

import { guest } from '../../setup/scripted-meeting.js';
import { HOSTILE_TEXTS } from './hostile-texts.js';
import { terminalSessions } from './session-fixture.js';
import type { TerminalSession } from './terminal-session.js';

const open = terminalSessions();

/** Sequences that the screen itself writes: SGR, cursor, its modes, questions, erasing. */
const OWN = new RegExp(
  [
    '\\u001b\\[[\\d;:]*[mHABCDGdKJX]',
    '\\u001b\\[\\?(?:25|7|1049|2026|2004|1000|1002|1003|1006)[hl]',
    '\\u001b\\[5n',
    '\\u001b\\\\',
  ].join('|'),
  'gu',
);

describe('hostile names and messages', () => {
  it('leave the terminal as it was: nothing but printable text and the screen’s own sequences', async () => {
    const session = await open([guest(1, 'me', [])]);
    let titles = 0;
    session.terminal.onTitleChange(() => {
      titles += 1;
    });
    await session.shows('People 1');
    const before = session.written.length;
    const roster = HOSTILE_TEXTS.map((text, n) => guest(n + 2, text));
    session.script.say({ do: 'roster', roster: [guest(1, 'me', []), ...roster] });
    for (const text of HOSTILE_TEXTS) {
      session.script.say({ do: 'chat', chat: { text, name: text, participant: 2 } });
      session.script.say({ do: 'connection', words: text });
    }
    session.script.say({ do: 'connection' });
    session.script.say({ do: 'chat', chat: { text: 'the end', name: 'bob', participant: 3 } });
    await session.shows('bob: the end');
    await session.shows(`People ${HOSTILE_TEXTS.length + 1}`);
    const rest = session.written.slice(before).replace(OWN, '');
    expect(rest).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u);
    expect(titles).toBe(0);
    expect(session.terminal.buffer.active.type).toBe('alternate');
    expect(session.terminal.modes.mouseTrackingMode).toBe('none');
  });

  it('push nothing out of its place', async () => {
    const roster = HOSTILE_TEXTS.slice(0, 4).map((text, n) => guest(n + 2, text));
    const session = await open(roster, { columns: 100, rows: 30 });
    await session.shows('People 4');
    for (const text of HOSTILE_TEXTS) {
      session.script.say({ do: 'chat', chat: { text, name: text, participant: 2 } });
    }
    session.script.say({ do: 'chat', chat: { text: 'the end', name: 'bob', participant: 3 } });
    await session.shows('bob: the end');
    const lines = session.lines();
    expect(lines).toHaveLength(30);
    // The panel's line stands in one column from top to bottom.
    const columns = new Set(lines.slice(1, -1).map((line) => cellColumn(session, line, lines)));
    expect(columns).toEqual(new Set([true]));
    expect(lines.at(-1)).toContain('? help  q quit');
  });
});

/** Whether the side panel's line stands in column 75 of that line's cells. */
function cellColumn(of: TerminalSession, line: string, lines: readonly string[]): boolean {
  const row = lines.indexOf(line);
  return of.terminal.buffer.active.getLine(row)?.getCell(75)?.getChars() === '│';
}
