import { describe, expect, it } from 'vitest';

import { CHANGES_EVERY_MS, MESSAGES_AT_ONCE, runPlainView } from '../../src/tui/plain-view.js';
import { ManualClock } from '../setup/manual-clock.js';
import { ScriptedMeeting, guest, guestStream } from '../setup/scripted-meeting.js';
import { HOSTILE_TEXTS } from './dashboard/hostile-texts.js';

/** A plain view on a clock that moves by hand, and the lines that it wrote. */
function view() {
  const meeting = new ScriptedMeeting();
  meeting.roster = [guest(1, 'me', []), guest(2, 'ada')];
  const clock = new ManualClock();
  const stop = new AbortController();
  let written = '';
  const out = {
    write: (text: string) => {
      written += text;
    },
  };
  const done = runPlainView({ meeting, out, clock, signal: stop.signal });
  const take = (): string[] => {
    clock.advance(CHANGES_EVERY_MS);
    const lines = written.split('\n').slice(0, -1);
    written = '';
    return lines;
  };
  return { meeting, clock, stop, done, take };
}

describe('the plain view', () => {
  it('begins with who is there and asks for no picture', () => {
    const { meeting, take } = view();
    expect(take()).toEqual([
      'meeting main: 2 here',
      'me is here (you)',
      'ada is here',
      'ada: screen on',
    ]);
    expect(meeting.selected).toBe('');
  });

  it('writes one line for each change, and none where nothing changed', () => {
    const { meeting, take } = view();
    take();
    meeting.setRoster([...meeting.roster]);
    expect(take()).toEqual([]);
    const off = guest(2, 'ada', [], {
      hand: true,
      streams: [guestStream('screen', { host: 'off' })],
    });
    meeting.setRoster([guest(1, 'me', []), off]);
    expect(take()).toEqual(['ada raises a hand', 'ada: screen stopped by the host']);
    meeting.setRoster([guest(1, 'me', []), { ...off, hand: false, away: true }]);
    expect(take()).toEqual(['ada takes it down', 'ada lost its connection']);
    meeting.setRoster([guest(1, 'me', [])]);
    expect(take()).toEqual(['ada left']);
  });

  it('tells one who left and came back in between, and another under the same number', () => {
    const { meeting, take } = view();
    take();
    meeting.setRoster([guest(1, 'me', [])]);
    meeting.setRoster([guest(1, 'me', []), guest(3, 'ada')]);
    expect(take()).toEqual(['ada left', 'ada is here', 'ada: screen on']);
    meeting.setRoster([guest(1, 'me', []), guest(3, 'bob')]);
    expect(take()).toEqual(['ada left', 'bob is here', 'bob: screen on']);
  });

  it('tells the connection and the chat', () => {
    const { meeting, take } = view();
    take();
    meeting.connection('lost; trying again in 1.0 s');
    meeting.say({ text: 'hello', name: 'ada', participant: 2 });
    expect(take()).toEqual(['connection: lost; trying again in 1.0 s', 'ada says: hello']);
    meeting.connection(undefined);
    expect(take()).toEqual(['connected again']);
  });

  it('tells an outage once, not with each attempt, and another fault anew', () => {
    const { meeting, take } = view();
    take();
    meeting.connection('no daemon; trying again in 0.4 s', 'MEET_UNREACHABLE');
    expect(take()).toEqual(['connection: no daemon; trying again in 0.4 s']);
    meeting.connection('no daemon; trying again in 2.0 s', 'MEET_UNREACHABLE');
    expect(take()).toEqual([]);
    meeting.connection('the daemon is ending; trying again in 1.0 s', 'MEET_DRAINING');
    expect(take()).toEqual(['connection: the daemon is ending; trying again in 1.0 s']);
    meeting.connection(undefined);
    expect(take()).toEqual(['connected again']);
    meeting.connection('no daemon; trying again in 0.3 s', 'MEET_UNREACHABLE');
    expect(take()).toEqual(['connection: no daemon; trying again in 0.3 s']);
  });

  it('counts a flood of messages instead of keeping it', () => {
    const { meeting, take } = view();
    take();
    for (let n = 0; n < 10_000; n += 1) meeting.say({ text: `spam ${n}`, name: 'ada' });
    const lines = take();
    expect(lines).toHaveLength(MESSAGES_AT_ONCE + 1);
    expect(lines.at(-1)).toBe(`and ${10_000 - MESSAGES_AT_ONCE} more messages`);
  });

  it.each(HOSTILE_TEXTS)('writes nothing but text and line ends for %j', (text) => {
    const { meeting, take } = view();
    take();
    meeting.setRoster([guest(2, text)]);
    meeting.say({ text, name: text });
    meeting.connection(text);
    expect(take().join('')).not.toMatch(/[\p{C}\u2028\u2029]/u);
  });

  it('ends with its signal, with no timer and no listener left', async () => {
    const { meeting, clock, stop, done } = view();
    meeting.connection('lost');
    stop.abort();
    await done;
    expect(meeting.listeners).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
