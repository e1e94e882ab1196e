import { describe, expect, it } from 'vitest';

import { guest, guestStream } from '../../setup/scripted-meeting.js';
import { ESCAPE, FOUR, ME, terminalSessions } from './session-fixture.js';

const open = terminalSessions();

describe('the dashboard in a terminal', () => {
  it('shows who is there, their streams, and asks for the pictures on the page', async () => {
    const session = await open(FOUR);
    await session.shows('1 ada · screen');
    await session.shows('4 eve · screen');
    await session.shows('People 4');
    await session.asked('select 2/screen 2/video 3/screen 4/screen');
    expect(session.lines()[0]).toMatch(/^ meet · main/);
    expect(session.lines().at(-1)).toContain('? help  q quit');
  });

  it('draws a picture in its tile, and the next one, without a commit of the panels', async () => {
    const session = await open(FOUR);
    await session.shows('1 ada · screen');
    session.script.say({ do: 'picture', participant: 2, kind: 'screen', colour: 0xff0000 });
    await session.shows('live');
    await session.paints('ada · screen', 4, 0xff0000);
    const before = await session.commits();
    for (const colour of [0x00ff00, 0x0000ff, 0xffff00, 0x00ffff, 0x4040ff]) {
      session.script.say({ do: 'picture', participant: 2, kind: 'screen', colour });
      await session.paints('ada · screen', 4, colour);
    }
    expect(await session.commits()).toBe(before);
  });

  it('keeps the last picture with its age while its publisher is away', async () => {
    const session = await open(FOUR);
    session.script.say({ do: 'picture', participant: 3, kind: 'screen', colour: 0x00ff00 });
    await session.shows(/bob · screen {2}● live/u);
    const away = FOUR.map((entry) => (entry.name === 'bob' ? { ...entry, away: true } : entry));
    session.script.say({ do: 'roster', roster: away });
    await session.shows(/bob · screen {2}◐ away, \d+ s old/u);
    await session.paints('bob · screen', 4, 0x00ff00);
    // An unchanged record says that the stream lives: the age begins anew.
    session.script.say({ do: 'roster', roster: FOUR });
    session.script.say({ do: 'picture', participant: 3, kind: 'screen' });
    await session.shows(/bob · screen {2}● live/u);
    await session.paints('bob · screen', 4, 0x00ff00);
  });

  it('says who turned a stream off, and shows no picture of it any more', async () => {
    const session = await open(FOUR);
    session.script.say({ do: 'picture', participant: 3, kind: 'screen', colour: 0x00ff00 });
    await session.paints('bob · screen', 4, 0x00ff00);
    const stopped = guest(3, 'bob', [], { streams: [guestStream('screen', { host: 'off' })] });
    const off = guest(4, 'eve', [], { streams: [guestStream('screen', { self: 'off' })] });
    session.script.say({ do: 'roster', roster: [...FOUR.slice(0, 2), stopped, off] });
    await session.shows('■ stopped by the host');
    await session.shows('○ off by its sharer');
    await session.script.until(
      () => !session.isPainted('bob · screen', 4, 0x00ff00),
      () => 'the end of the picture',
    );
  });

  it('moves the focus, zooms, goes to a tile directly, and asks for what is shown alone', async () => {
    const session = await open(FOUR);
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
    const session = await open(many, { columns: 100, rows: 30 });
    await session.shows('page 1 of 2');
    session.type(']');
    await session.shows('page 2 of 2');
    await session.shows('kiosk-12');
    await session.hides('kiosk-1 · screen');
    session.type('[');
    await session.shows('kiosk-1 · screen');
  });

  it('begins with the tile that was asked for', async () => {
    const session = await open([ME], { focus: 'ada/video' });
    session.script.say({ do: 'roster', roster: FOUR });
    await session.asked('select 2/video');
    await session.shows('tile 2 of 4');
  });

  it('shows no colour where none is wanted, and no mark stands by its colour alone', async () => {
    const session = await open(FOUR, { env: { NO_COLOR: '1' } });
    await session.shows('▸1 ada · screen');
    session.script.say({ do: 'picture', participant: 3, kind: 'screen', colour: 0x00ff00 });
    await session.shows('● live');
    await session.shows('◌ no picture yet');
    expect(session.written).not.toMatch(/\u001b\[(?:[\d;:]*;)?(?:3[0-8]|4[0-8]|9\d|10\d)[\d;:]*m/u);
  });

  it('ends when it is told to from outside, and gives the terminal back', async () => {
    const session = await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.script.say({ do: 'stop' });
    expect(await session.ended()).toMatchObject({ end: 'ended', listeners: 0 });
    expect(session.terminal.buffer.active.type).toBe('normal');
  });

  it('lays everything out anew when the terminal changes its size, under CI too', async () => {
    // Ink hears no resize where CI is set.
    const session = await open(FOUR, { env: { CI: '1' } });
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
    const session = await open(FOUR);
    session.script.say({ do: 'connection', words: 'connection lost; trying again in 2.1 s' });
    await session.shows('! connection lost; trying again in 2.1 s');
    session.script.say({ do: 'connection' });
    await session.hides('connection lost');
  });

  it('writes plain lines on a terminal without a cursor', async () => {
    const session = await open(FOUR, { env: { TERM: 'dumb' }, waitFor: 'ada is here' });
    await session.shows('ada: screen on');
    expect(session.written).not.toContain('\u001b');
    session.script.say({ do: 'stop' });
    expect(await session.ended()).toMatchObject({ end: 'ended', listeners: 0 });
  });
});
