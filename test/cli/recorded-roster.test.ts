import { expect, test } from 'vitest';
import { RecordedRoster } from '../../src/cli/rec/recorded-roster.js';
import type { MeetingItem } from '../../src/daemon/recording/reading/meeting-items.js';
import type { Part } from '../../src/daemon/recording/reading/part.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';

const SECOND_US = 1_000_000;

/** A segment of Anna's of ten seconds. */
function part(number: number, kinds: Part['kinds']): Part {
  const startedAtUs = (number - 1) * 10 * SECOND_US;
  return {
    ...{ path: `/rec/anna-000${number}.mkv`, format: 'mkv', roomFolder: 'main', room: 'main' },
    ...{ meeting: 'x', participant: 'Anna', who: 'anna', number, state: 'closed', words: '' },
    ...{ isSuspect: false, isRecovered: false, isPinned: false, startedAtUs, kinds },
    ...{ durationUs: 10 * SECOND_US, sizeBytes: 1000, modifiedAtUs: 0 },
  };
}

function picture(kind: 'screen' | 'video', atUs: number): MeetingItem {
  return { type: 'picture', kind, atUs, jpeg: Buffer.alloc(0), participant: 'Anna' };
}

function turned(kind: StreamKind, atUs: number): MeetingItem {
  const event = { type: 'state', kind, state: 'off', by: 'host', atUs: 0 } as const;
  return { type: 'event', atUs, event, participant: 'Anna' };
}

/** `screen on, video off`. */
function told(roster: RecordedRoster, atUs: number): string {
  const streams = roster.entries(atUs).flatMap((entry) => entry.streams);
  const isOn = ({ self, host }: (typeof streams)[number]): boolean =>
    self === 'on' && host === 'on';
  return streams.map((stream) => `${stream.kind} ${isOn(stream) ? 'on' : 'off'}`).join(', ');
}

test('A stream that begins later is not there before', () => {
  const roster = new RecordedRoster([part(1, ['screen', 'video', 'audio'])]);
  roster.beginAt(0);
  roster.apply(picture('screen', 0));
  expect(told(roster, 0)).toBe('screen on');
  expect(told(roster, 5 * SECOND_US)).toBe('screen on');
  roster.apply(picture('video', 6 * SECOND_US));
  expect(told(roster, 6 * SECOND_US)).toBe('screen on, video on');
});

test('Where reading begins in the middle, what nothing comes of is off', () => {
  const roster = new RecordedRoster([part(1, ['screen', 'video']), part(2, ['screen'])]);
  const fromUs = 15 * SECOND_US;
  roster.beginAt(fromUs);
  roster.apply(picture('screen', fromUs));
  expect(told(roster, fromUs)).toBe('screen on');
  expect(told(roster, fromUs + SECOND_US)).toBe('screen on, video off');
});

test('What is known to be off at that moment is told at once', () => {
  const roster = new RecordedRoster([part(1, ['screen', 'video']), part(2, ['screen'])]);
  const fromUs = 15 * SECOND_US;
  roster.beginAt(fromUs);
  roster.apply(turned('video', fromUs));
  roster.apply(picture('screen', fromUs));
  expect(told(roster, fromUs)).toBe('screen on, video off');
});

test('What was seen before reading began anew stays until something comes', () => {
  const roster = new RecordedRoster([part(1, ['screen']), part(2, ['screen'])]);
  roster.beginAt(5 * SECOND_US);
  roster.apply(picture('screen', 5 * SECOND_US));
  roster.beginAt(15 * SECOND_US);
  expect(told(roster, 15 * SECOND_US)).toBe('screen on');
  expect(told(roster, 16 * SECOND_US)).toBe('screen off');
});

test('It has another version only when streams or hands have changed', () => {
  const roster = new RecordedRoster([part(1, ['screen'])]);
  roster.beginAt(0);
  const versions = [0, 1, 2].map((at) => {
    roster.apply(picture('screen', at * SECOND_US));
    return roster.version;
  });
  expect(versions[1]).toBe(versions[0]);
  expect(versions[2]).toBe(versions[0]);
  roster.apply(turned('screen', 3 * SECOND_US));
  expect(roster.version).not.toBe(versions[2]);
});
