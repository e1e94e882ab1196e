import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chaptersOf } from '../../../../src/daemon/recording/export/chapters.js';
import type { StateLine } from '../../../../src/daemon/recording/index-line.js';
import type { TimedBlock } from '../../../../src/daemon/recording/matroska/segment-muxer.js';
import { listMeetings } from '../../../../src/daemon/recording/reading/catalog.js';
import { systemRecordingFs as fs } from '../../../../src/daemon/recording/recording-fs.js';
import { STARTED_AT_US, halfSeconds, makeSegment, place } from '../reading/made-segment.js';
import { temporaryFolder } from '../temporary-folder.js';

function state(seconds: number, kind: StateLine['kind'], word: StateLine['state']): TimedBlock {
  const atUs = STARTED_AT_US + seconds * 1e6;
  const line: StateLine = { type: 'state', kind, state: word, by: 'self', atUs };
  return { track: 'events', atUs, words: word, json: JSON.stringify(line) };
}

test('A toggle has a chapter, a stream that stalls and goes on has none', async () => {
  const events = [
    state(2, 'screen', 'stalled'),
    state(3, 'screen', 'on'),
    state(4, 'audio', 'off'),
    state(5, 'audio', 'on'),
    state(6, 'screen', 'stalled'),
    state(7, 'screen', 'off'),
  ];
  const appends = halfSeconds(20).map((blocks, half) => [
    ...blocks,
    ...events.filter(({ atUs }) => atUs === STARTED_AT_US + half * 500_000),
  ]);
  const root = await temporaryFolder();
  const path = join(root, 'main', '20261123T121530Z', 'anna-0001.mkv');
  await place(path, makeSegment({ appends }).bytes);
  const [meeting] = await listMeetings(fs, root, Date.now() * 1000);
  const wish = { fromUs: STARTED_AT_US, toUs: STARTED_AT_US + 9e6 };
  const chapters = await chaptersOf(fs, meeting?.parts ?? [], wish);
  expect(chapters.map(({ atUs, title }) => `${(atUs - STARTED_AT_US) / 1e6} ${title}`)).toEqual([
    '0 Anna is here',
    "4 Anna's microphone is off",
    "5 Anna's microphone is on",
    "7 Anna's screen is off",
  ]);
});
