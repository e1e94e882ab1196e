import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { RosterEntry } from '../../../src/transport/control.js';
import { guest, guestStream } from '../../setup/scripted-meeting.js';
import type { CompiledDashboard } from './compiled-dashboard.js';
import { compileDashboard } from './compiled-dashboard.js';
import type { SessionOptions } from './terminal-session.js';
import { TerminalSession } from './terminal-session.js';

let compiled: CompiledDashboard;
let session: TerminalSession;

beforeAll(async () => {
  compiled = await compileDashboard();
});
afterEach(async () => {
  await session[Symbol.asyncDispose]();
});
afterAll(async () => {
  await compiled[Symbol.asyncDispose]();
});

const ME = guest(1, 'me', []);
const FOUR: readonly RosterEntry[] = [
  ME,
  guest(2, 'ada', ['screen', 'video', 'audio']),
  guest(3, 'bob', ['screen']),
  guest(4, 'eve', ['screen']),
];
const ESCAPE = '\u001b';
const CTRL_C = '\u0003';

async function open(
  roster: readonly RosterEntry[],
  options: Omit<SessionOptions, 'program'> = {},
  rights = { host: false, share: false },
): Promise<void> {
  session = await TerminalSession.open({ program: compiled.program, ...options });
  await session.run({ do: 'set', meeting: { rights } }, { do: 'roster', roster });
}

describe('the dashboard in a terminal', () => {
  it('shows who is there, their streams, and asks for the pictures on the page', async () => {
    await open(FOUR);
    await session.shows('1 ada · screen');
    await session.shows('4 eve · screen');
    await session.shows('People 4');
    await session.asked('select 2/screen 2/video 3/screen 4/screen');
    expect(session.lines()[0]).toMatch(/^ meet · main/);
    expect(session.lines().at(-1)).toContain('? help  q quit');
  });

  it('draws a picture in its tile, and the next one, without a commit of the panels', async () => {
    await open(FOUR);
    await session.shows('1 ada · screen');
    session.script.say({ do: 'picture', participant: 2, kind: 'screen', colour: 0xff0000 });
    await session.shows('live');
    await session.script.until(
      () => near(session.colourAt(8, 5), 0xff0000),
      () => 'red',
    );
    const before = await session.commits();
    for (const colour of [0x00ff00, 0x0000ff, 0xffff00, 0x00ffff, 0x4040ff]) {
      session.script.say({ do: 'picture', participant: 2, kind: 'screen', colour });
      await session.script.until(
        () => near(session.colourAt(8, 5), colour),
        () => colour.toString(16),
      );
    }
    expect(await session.commits()).toBe(before);
  });

  it('keeps the last picture with its age while its publisher is away', async () => {
    await open(FOUR);
    session.script.say({ do: 'picture', participant: 3, kind: 'screen', colour: 0x00ff00 });
    await session.shows(/bob · screen {2}● live/u);
    const away = FOUR.map((entry) => (entry.name === 'bob' ? { ...entry, away: true } : entry));
    session.script.say({ do: 'roster', roster: away });
    await session.shows(/bob · screen {2}◐ away, \d+ s old/u);
    const row = session.lines().findIndex((line) => line.includes('bob · screen'));
    expect(near(session.colourAt(8, row + 4), 0x00ff00)).toBe(true);
  });

  it('says who turned a stream off, and shows no picture of it any more', async () => {
    await open(FOUR);
    session.script.say({ do: 'picture', participant: 3, kind: 'screen', colour: 0x00ff00 });
    await session.shows(/bob · screen {2}● live/u);
    const stopped = guest(3, 'bob', [], { streams: [guestStream('screen', { host: 'off' })] });
    const off = guest(4, 'eve', [], { streams: [guestStream('screen', { self: 'off' })] });
    session.script.say({ do: 'roster', roster: [...FOUR.slice(0, 2), stopped, off] });
    await session.shows('■ stopped by the host');
    await session.shows('○ turned off');
    const row = session.lines().findIndex((line) => line.includes('bob · screen'));
    expect(near(session.colourAt(8, row + 4), 0x00ff00)).toBe(false);
  });

  it('moves the focus, zooms, goes to a tile directly, and asks for what is shown alone', async () => {
    await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.type('\t');
    await session.shows('▸2 ada · camera');
    session.type('j');
    await session.shows('▸4 eve · screen');
    session.type(`${ESCAPE}[A${ESCAPE}[D`);
    await session.shows('▸1 ada · screen');
    session.type('\r');
    await session.asked('select 2/screen');
    await session.hides('eve · screen');
    session.type('l');
    await session.asked('select 2/video');
    session.type(ESCAPE);
    await session.shows('eve · screen');
    session.type('3');
    await session.asked('select 3/screen');
    await session.shows('tile 3 of 4');
  });

  it('turns pages', async () => {
    const many = Array.from({ length: 12 }, (_, n) => guest(n + 2, `kiosk-${n + 1}`));
    await open(many, { columns: 100, rows: 30 });
    await session.shows('page 1 of 2');
    session.type(']');
    await session.shows('page 2 of 2');
    await session.shows('kiosk-12');
    await session.hides('kiosk-1 · screen');
    session.type('[');
    await session.shows('kiosk-1 · screen');
  });

  it('begins with the tile that was asked for', async () => {
    await open([ME], { focus: 'ada/video' });
    session.script.say({ do: 'roster', roster: FOUR });
    await session.asked('select 2/video');
    await session.shows('tile 2 of 4');
  });

  it('calls the meeting for toggles of one’s own, mutes, hands and the host’s acts', async () => {
    await open(FOUR, {}, { host: true, share: true });
    await session.shows('▸1 ada · screen');
    session.type('s');
    await session.asked('own screen');
    await session.shows('done as asked');
    session.type('d');
    await session.asked('own video');
    session.type('a');
    await session.asked('own audio');
    session.type('m');
    await session.asked('mute here 2');
    await session.shows('muted here');
    session.type('r');
    await session.asked('hand up');
    session.type('x');
    await session.shows('Host: ada');
    session.type('s');
    await session.asked('toggle stop 2 screen');
    await session.hides('Host: ada');
    session.type('x');
    await session.shows('Host: ada');
    session.type('m');
    await session.asked('toggle mute 2');
  });

  it('starts again what the host has stopped', async () => {
    const held = guest(2, 'ada', [], { streams: [guestStream('screen', { host: 'off' })] });
    await open([ME, held], {}, { host: true, share: false });
    await session.shows('▸1 ada');
    session.type('x');
    await session.shows('start its screen');
    session.type('s');
    await session.asked('toggle start 2 screen');
  });

  it('asks before it sends somebody away', async () => {
    await open(FOUR, {}, { host: true, share: false });
    await session.shows('▸1 ada · screen');
    session.type('x');
    await session.shows('Host: ada');
    session.type('k');
    await session.shows('Send ada away?');
    session.type('n');
    await session.hides('Send ada away?');
    session.type('x');
    await session.shows('Host: ada');
    session.type('k');
    await session.shows('Send ada away?');
    session.type('y');
    await session.asked('toggle kick 2');
    expect(session.askedAll().filter((asked) => asked.startsWith('toggle'))).toHaveLength(1);
  });

  it('types a message, leaves one, and never sends what was pasted by itself', async () => {
    await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.type('t');
    await session.shows(' say: ');
    session.type(ESCAPE);
    await session.hides(' say: ');
    session.type('t');
    await session.shows(' say: ');
    session.type('first line\r\nsecond q?\r');
    await session.shows('say: first line second q?');
    session.type('\u007f!');
    await session.shows('second q!');
    expect(session.askedAll().filter((asked) => asked.startsWith('chat'))).toEqual([]);
    session.type('\r');
    await session.asked('chat first line second q!');
    session.script.say({ do: 'chat', chat: { text: 'hello all', name: 'ada', participant: 2 } });
    await session.shows('ada: hello all');
  });

  it('asks before it quits, and quits at once with a second Ctrl-C', async () => {
    await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.type('q');
    await session.shows('Leave the meeting?');
    session.type('n');
    await session.hides('Leave the meeting?');
    session.type(CTRL_C);
    await session.shows('Leave the meeting?');
    session.type(CTRL_C);
    expect(await session.ended()).toMatchObject({ end: 'quit', listeners: 0 });
    expect(session.exitCode).toBe(0);
    expect(session.terminal.buffer.active.type).toBe('normal');
    expect(session.written).toContain('\u001b[?25h');
  });

  it('quits at once when both Ctrl-C come in one read', async () => {
    await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.type(`${CTRL_C}${CTRL_C}`);
    expect(await session.ended()).toMatchObject({ end: 'quit' });
  });

  it('answers no question with what was pasted before it was asked', async () => {
    await open(FOUR, {}, { host: true, share: false });
    await session.shows('▸1 ada · screen');
    session.type('qy');
    await session.shows('Leave the meeting?');
    session.type('n');
    await session.hides('Leave the meeting?');
    session.type('xky');
    await session.shows('Host: ada');
    await session.hides('Send ada away?');
    expect(session.askedAll().filter((asked) => asked.startsWith('toggle'))).toEqual([]);
  });

  it('ends when it is told to from outside, and gives the terminal back', async () => {
    await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.script.say({ do: 'stop' });
    expect(await session.ended()).toMatchObject({ end: 'ended', listeners: 0 });
    expect(session.terminal.buffer.active.type).toBe('normal');
  });

  it('lays everything out anew when the terminal changes its size, down to nothing', async () => {
    await open(FOUR);
    await session.shows('People 4');
    session.resize(44, 12);
    await session.hides('People 4');
    await session.shows('page 1 of 4');
    session.resize(30, 6);
    await session.hides('meet · main');
    await session.shows('ada');
    for (const [columns, rows] of [
      [2, 1],
      [1, 2],
      [3, 40],
    ] as const) {
      session.resize(columns, rows);
    }
    session.resize(140, 45);
    await session.shows('People 4');
    await session.shows('▸1 ada · screen');
  });

  it('says what is wrong with the connection', async () => {
    await open(FOUR);
    session.script.say({ do: 'connection', words: 'connection lost; trying again in 2.1 s' });
    await session.shows('! connection lost; trying again in 2.1 s');
    session.script.say({ do: 'connection' });
    await session.hides('connection lost');
  });

  it('changes how pictures are drawn', async () => {
    await open(FOUR);
    await session.shows('pictures half');
    session.type('v');
    await session.hides('pictures half');
  });

  it('shows in the help what the key table says', async () => {
    await open(FOUR, { columns: 120, rows: 40 }, { host: true, share: true });
    await session.shows('▸1 ada · screen');
    session.type('?');
    await session.shows('Keys');
    const { helpEntries } = await import('../../../src/tui/dashboard/dialog-lines.js');
    for (const entry of helpEntries({ host: true, share: true })) {
      await session.shows(typeof entry === 'string' ? entry : entry.words);
    }
    session.type('?');
    await session.hides('While typing');
  });
});

/** Whether two colours are alike: JPEG and the palette's rounding take a little. */
function near(one: number | undefined, other: number): boolean {
  if (one === undefined) return false;
  return [16, 8, 0].every(
    (shift) => Math.abs(((one >> shift) & 255) - ((other >> shift) & 255)) < 24,
  );
}
