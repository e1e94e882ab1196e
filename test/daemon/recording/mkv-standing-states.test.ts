/** What is off, and a hand that is up, when a segment begins stands at its beginning, so that a reader need not look before it. */
import { expect, test } from 'vitest';
import { systemRecordingFs as fs } from '../../../src/daemon/recording/recording-fs.js';
import { listMeetings } from '../../../src/daemon/recording/reading/catalog.js';
import type { MeetingItem } from '../../../src/daemon/recording/reading/meeting-items.js';
import { meetingItems } from '../../../src/daemon/recording/reading/meeting-items.js';
import type { IndexLine, StateLine } from '../../../src/daemon/recording/index-line.js';
import type { StreamKind } from '../../../src/transport/stream-kind.js';
import { STARTED_AT_US, jpeg, pictureFrame, soundFrame } from './frames.js';
import { matroska } from './matroska-recording.js';
import { temporaryFolder } from './temporary-folder.js';
import { TestRecording } from './test-recording.js';

/** Sound of 20 ms each, some seconds of it. */
const CHUNKS_A_SECOND = 50;
const SECONDS = 30;

/** Camera and screen are turned off at once, the screen on again; the microphone at 2 s. A hand goes up at 1 s. */
async function recorded({ handDownAt = Infinity } = {}): Promise<string> {
  const root = await temporaryFolder();
  const open = matroska({ segment: { ms: 3000, bytes: 2 ** 31 } });
  const run = new TestRecording(root, { open });
  const turn = (kind: StreamKind, state: StateLine['state'], by: StateLine['by']): void => {
    run.recording.remark({ type: 'state', kind, state, by, atUs: run.clock.wallUs() });
  };
  const hand = (up: boolean): void => {
    run.recording.remark({ type: 'hand', up, atUs: run.clock.wallUs() });
  };
  const picture = await jpeg();
  for (const kind of ['screen', 'video'] as const) run.offer(pictureFrame(kind, 0, picture));
  await run.settle(500);
  turn('video', 'off', 'host');
  turn('screen', 'off', 'self');
  for (let second = 0; second < SECONDS; second += 1) {
    if (second === 1) turn('screen', 'on', 'self');
    if (second === 2) turn('audio', 'off', 'self');
    if (second === 1) hand(true);
    if (second === handDownAt) hand(false);
    for (let at = 0; at < CHUNKS_A_SECOND; at += 1) {
      const chunk = second * CHUNKS_A_SECOND + at;
      if (second < 2) run.offer(soundFrame(chunk, 8));
    }
    // The screen, which is all that is left.
    run.offer(pictureFrame('screen', second * 15, picture));
    run.clock.advance(1000);
    await run.settle(0);
  }
  await run.recording.close();
  return root;
}

async function eventsFrom(root: string, fromSeconds: number): Promise<IndexLine[]> {
  const [meeting] = await listMeetings(fs, root, Date.now() * 1000);
  const items: MeetingItem[] = [];
  const fromUs = STARTED_AT_US + fromSeconds * 1e6;
  const wish = fromSeconds === 0 ? {} : { fromUs };
  for await (const item of meetingItems(fs, meeting?.parts ?? [], wish)) items.push(item);
  return items.flatMap((item) => (item.type === 'event' ? [item.event] : []));
}

async function statesFrom(root: string, fromSeconds: number): Promise<string[]> {
  const events = await eventsFrom(root, fromSeconds);
  return events.flatMap((event) =>
    event.type === 'state' ? [`${event.kind} ${event.state} by ${event.by}`] : [],
  );
}

async function handsFrom(root: string, fromSeconds: number): Promise<boolean[]> {
  const events = await eventsFrom(root, fromSeconds);
  return events.flatMap((event) => (event.type === 'hand' ? [event.up] : []));
}

test('A segment says at its beginning which streams are off, and a whole meeting says it once', async () => {
  const root = await recorded();
  const [meeting] = await listMeetings(fs, root, Date.now() * 1000);
  expect(meeting?.parts.length).toBeGreaterThan(5);
  expect(await statesFrom(root, 0)).toEqual([
    'video off by host',
    'screen off by self',
    'screen on by self',
    'audio off by self',
  ]);
  // In the middle of the last segment.
  const late = await statesFrom(root, SECONDS - 1);
  expect(late.toSorted()).toEqual(['audio off by self', 'video off by host']);
});

test('A hand that is up is known wherever reading begins, one that was taken down is not', async () => {
  const root = await recorded({ handDownAt: 20 });
  expect(await handsFrom(root, 0)).toEqual([true, false]);
  // Raised six segments before; raised in that very segment, some seconds before; taken down.
  expect(await handsFrom(root, 19)).toEqual([true, false]);
  expect(await handsFrom(root, 2)).toEqual([true, false]);
  expect(await handsFrom(root, 29)).toEqual([]);
});
