import { describe, expect, it } from 'vitest';

import { timeOfDay } from '../../../src/tui/dashboard/figure-words.js';
import { STALE_AFTER_MS, streamState } from '../../../src/tui/dashboard/stream-state.js';
import { guestStream } from '../../setup/scripted-meeting.js';

const AT_US = Date.UTC(2026, 5, 1, 12, 30) * 1000;
const SINCE = timeOfDay(AT_US);
const here = { away: false };
const fresh = { sinceRecordMs: 100 };

describe('the state of a stream', () => {
  it('is live while records come, and stale with its age when they do not', () => {
    expect(streamState(here, guestStream('screen'), fresh).words).toBe('live');
    const late = { sinceRecordMs: STALE_AFTER_MS + 8000 };
    expect(streamState(here, guestStream('screen'), late).words).toBe('stale, 12 s old');
    expect(streamState(here, guestStream('screen'), { sinceRecordMs: undefined })).toMatchObject({
      name: 'waiting',
      pictured: false,
    });
  });

  it('keeps the last picture, marked with its age, while its publisher is away', () => {
    const away = streamState({ away: true }, guestStream('video'), { sinceRecordMs: 7500 });
    expect(away).toEqual({ name: 'stale', words: 'away, 7 s old', off: false, pictured: true });
  });

  it('tells off by itself from stopped by the host, each with its time', () => {
    const self = guestStream('screen', { self: 'off', selfSinceUs: AT_US });
    expect(streamState(here, self, fresh).words).toBe(`off by its sharer since ${SINCE}`);
    const host = guestStream('screen', { host: 'off', hostSinceUs: AT_US });
    expect(streamState(here, host, fresh).words).toBe(`stopped by the host since ${SINCE}`);
    const both = { ...self, host: 'off' as const, hostSinceUs: AT_US };
    expect(streamState(here, both, fresh).words).toBe(
      `stopped by the host since ${SINCE}, off by sharer`,
    );
    for (const stream of [self, host, both]) {
      expect(streamState(here, stream, fresh)).toMatchObject({ off: true, pictured: false });
    }
  });

  it('says why it stalled, without anything that is not printable', () => {
    const stalled = guestStream('video', { self: 'stalled', reason: 'no\u001b[2J camera\u0007' });
    expect(streamState(here, stalled, fresh).words).toBe('stalled, 0 s old: no[2J camera');
  });
});
