import { describe, expect, it } from 'vitest';

import { helpEntries } from '../../../src/tui/dashboard/dialog-lines.js';
import { guest, guestStream } from '../../setup/scripted-meeting.js';
import { CTRL_C, ESCAPE, FOUR, ME, terminalSessions } from './session-fixture.js';

const open = terminalSessions();

describe('keys in the dashboard', () => {
  it('calls the meeting for toggles of one’s own, mutes, hands and the host’s acts', async () => {
    const session = await open(FOUR, {}, { host: true, share: true });
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
    const session = await open([ME, held], {}, { host: true, share: false });
    await session.shows('▸1 ada');
    session.type('x');
    await session.shows('start its screen');
    session.type('s');
    await session.asked('toggle start 2 screen');
  });

  it('asks before it sends somebody away', async () => {
    const session = await open(FOUR, {}, { host: true, share: false });
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
    const session = await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.type('t');
    await session.shows(' say: ');
    session.type(ESCAPE);
    await session.hides(' say: ');
    session.type('t');
    await session.shows(' say: ');
    session.type('first line\r\nsecond q?\r');
    await session.shows('say: first line second q?');
    session.type('\u007f\u007f');
    session.type('!');
    await session.shows('second q!');
    expect(session.askedAll().filter((asked) => asked.startsWith('chat'))).toEqual([]);
    session.type('\r');
    await session.asked('chat first line second q!');
    session.script.say({ do: 'chat', chat: { text: 'hello all', name: 'ada', participant: 2 } });
    await session.shows('ada: hello all');
  });

  it('lets nobody in whom the question did not show, when an answer before it failed', async () => {
    const session = await open(FOUR, {}, { host: true, share: false });
    const [ada, bob] = ['ada', 'bob'].map((name, index) => ({
      ...{ number: index + 1, name, address: '192.0.2.1' },
      ...{ fingerprint: undefined, plaintext: false, caution: undefined },
    }));
    if (ada === undefined || bob === undefined) throw new Error('nobody waits');
    const failing = { ok: false, message: 'the list cannot be written' };
    session.script.say({ do: 'set', meeting: { waiting: [ada, bob], answer: failing } });
    await session.shows('2 waiting');
    session.type('a');
    await session.shows('Let ada in');
    session.type('y');
    await session.asked('admit 1');
    // ada waits on; the question about bob must not become one about her.
    await session.hides('Let ');
    session.type('y');
    session.type('a');
    await session.shows('Let ada in');
    expect(session.askedAll().filter((asked) => asked.startsWith('admit'))).toEqual(['admit 1']);
  });

  it('sends a message whose Enter came in one read with its words, as over a slow link', async () => {
    const session = await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.type('t');
    await session.shows(' say: ');
    session.type('hello\r');
    await session.asked('chat hello');
    await session.hides(' say: ');
  });

  it('puts a marked paste into the message, and takes none of it for keys', async () => {
    const session = await open(FOUR, {}, { host: true, share: true });
    await session.shows('▸1 ada · screen');
    session.type(`${ESCAPE}[200~qsy\rxk${ESCAPE}[201~t`);
    await session.shows(' say: ');
    session.type(`${ESCAPE}[200~two\rlines${ESCAPE}[201~`);
    await session.shows('say: two lines');
    session.type('\r');
    await session.asked('chat two lines');
    expect(session.askedAll().filter((asked) => /own|toggle/u.test(asked))).toEqual([]);
  });

  it('asks before it quits, and quits at once with a second Ctrl-C', async () => {
    const session = await open(FOUR);
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
    const session = await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.type(`${CTRL_C}${CTRL_C}`);
    expect(await session.ended()).toMatchObject({ end: 'quit' });
  });

  it('answers no question with what was pasted before it was asked', async () => {
    const session = await open(FOUR, {}, { host: true, share: false });
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

  it('changes how pictures are drawn', async () => {
    const session = await open(FOUR);
    await session.shows('pictures half');
    session.type('v');
    await session.hides('pictures half');
  });

  it('shows in the help what the key table says', async () => {
    const session = await open(FOUR, { columns: 120, rows: 40 }, { host: true, share: true });
    await session.shows('▸1 ada · screen');
    session.type('?');
    await session.shows('Keys');
    for (const entry of helpEntries({ host: true, share: true })) {
      await session.shows(typeof entry === 'string' ? entry : entry.words);
    }
    session.type('?');
    await session.hides('While typing');
  });
});
