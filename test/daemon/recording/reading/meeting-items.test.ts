import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ELEMENTS } from '../../../../src/daemon/recording/matroska/elements.js';
import {
  HEAD_BYTES,
  SEGMENT_DATA_AT,
} from '../../../../src/daemon/recording/matroska/head-page.js';
import type { TimedBlock } from '../../../../src/daemon/recording/matroska/segment-muxer.js';
import { systemRecordingFs as fs } from '../../../../src/daemon/recording/recording-fs.js';
import { children } from '../../../../src/daemon/recording/reading/ebml.js';
import { listMeetings } from '../../../../src/daemon/recording/reading/catalog.js';
import type { MeetingItem } from '../../../../src/daemon/recording/reading/meeting-items.js';
import { meetingItems } from '../../../../src/daemon/recording/reading/meeting-items.js';
import type { Library } from '../../../../src/daemon/recording/reading/find-meeting.js';
import { findMeeting } from '../../../../src/daemon/recording/reading/find-meeting.js';
import { recoverFile } from '../../../../src/daemon/recording/reading/recover-file.js';
import type { Part } from '../../../../src/daemon/recording/reading/part.js';
import { temporaryFolder } from '../temporary-folder.js';
import { STARTED_AT_US, halfSeconds, likeJpeg, makeSegment, place } from './made-segment.js';

const MEETING = '20261123T121530Z';
const at = (seconds: number): number => STARTED_AT_US + seconds * 1e6;

async function partsOf(files: Record<string, Buffer>): Promise<readonly Part[]> {
  const root = await temporaryFolder();
  for (const [name, bytes] of Object.entries(files)) {
    await place(join(root, 'main', MEETING, name), bytes);
  }
  return (await listMeetings(fs, root, Date.now() * 1000))[0]?.parts ?? [];
}

async function all(
  parts: readonly Part[],
  wish: Parameters<typeof meetingItems>[2] = {},
): Promise<MeetingItem[]> {
  const items: MeetingItem[] = [];
  for await (const item of meetingItems(fs, parts, wish)) items.push(item);
  return items;
}

/** What is made of it, beside it. */
async function recovered(path: string): Promise<string> {
  const target = path.replace('.mkv', '.recovered.mkv');
  await recoverFile(fs, path, target);
  return target;
}

function libraryOf(root: string): Library {
  return { fs, root, nowUs: Date.now() * 1000, realPath: async (path) => Promise.resolve(path) };
}

function event(atUs: number, json: object): TimedBlock {
  return { track: 'events', atUs, words: 'x', json: JSON.stringify({ ...json, atUs }) };
}

describe('the items of a meeting', () => {
  it('are what was recorded, in order of time, over participants and segments', async () => {
    const later = { number: 2, startedAtUs: at(2), appends: halfSeconds(2, at(2)) };
    const parts = await partsOf({
      'anna-0001.mkv': makeSegment({ appends: halfSeconds(4) }).bytes,
      'anna-0002.mkv': makeSegment(later).bytes,
      'bert-0001.mkv': makeSegment({ participant: 'Bert', appends: halfSeconds(3) }).bytes,
    });
    const items = await all(parts);
    const times = items.map(({ atUs }) => atUs);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    const pictures = (who: string): number =>
      items.filter((item) => item.type === 'picture' && item.participant === who).length;
    expect([pictures('Anna'), pictures('Bert')]).toEqual([30, 15]);
    const first = items.find(({ type }) => type === 'picture');
    expect(first?.type === 'picture' && first.jpeg.equals(likeJpeg(0))).toBe(true);
  });

  it('begin in the middle with the picture that stood, however long ago it came', async () => {
    const parts = await partsOf({
      'anna-0001.mkv': makeSegment({
        appends: [
          [{ track: 'screen', atUs: at(0), payload: likeJpeg(7) }],
          ...halfSeconds(30, at(1)).map((blocks) =>
            blocks.filter(({ track }) => track === 'audio'),
          ),
        ],
      }).bytes,
    });
    const items = await all(parts, { fromUs: at(10), toUs: at(11) });
    expect(items[0]).toMatchObject({ type: 'picture', atUs: at(10) });
    expect(items[0]?.type === 'picture' && items[0].jpeg.equals(likeJpeg(7))).toBe(true);
    expect(items.filter(({ type }) => type === 'sound')).toHaveLength(10);
  });

  it('do not begin with a picture whose stream was turned off', async () => {
    const state = { type: 'state', kind: 'screen', state: 'off', by: 'self' };
    const parts = await partsOf({
      'anna-0001.mkv': makeSegment({
        appends: [
          [{ track: 'screen', atUs: at(0), payload: likeJpeg(7) }],
          [event(at(2), state)],
          [{ track: 'audio', atUs: at(9), payload: Buffer.alloc(960) }],
        ],
      }).bytes,
    });
    const items = await all(parts, { fromUs: at(5) });
    expect(items.filter(({ type }) => type === 'picture')).toEqual([]);
  });

  it.each([
    ['ended', async (path: string) => Promise.resolve(path)],
    ['recovered', recovered],
  ])(
    'begin in the middle of a segment that was %s with a hand raised long before',
    async (_, made) => {
      const appends = halfSeconds(60);
      appends[9]?.push(event(at(4.9), { type: 'hand', up: true }));
      const read = async (seconds: number, blocks: TimedBlock[][]): Promise<boolean[]> => {
        const root = await temporaryFolder();
        const segment = makeSegment({ appends: blocks, isClosed: made !== recovered });
        const path = await place(join(root, 'main', MEETING, 'anna-0001.mkv'), segment.bytes);
        const meeting = await findMeeting(libraryOf(root), await made(path));
        const items = await all(meeting.parts, { fromUs: at(seconds), toUs: at(seconds + 0.4) });
        return items.flatMap((item) =>
          item.type === 'event' && item.event.type === 'hand' ? [item.event.up] : [],
        );
      };
      expect(await read(25, appends)).toEqual([true]);
      expect(await read(3, appends)).toEqual([]);
      appends[30]?.push(event(at(15.1), { type: 'chat', name: 'Anna', text: 'hello' }));
      appends[20]?.push(event(at(10.1), { type: 'hand', up: false }));
      expect(await read(25, appends)).toEqual([]);
      expect(await read(8, appends)).toEqual([true]);
    },
  );

  it('are all there where an element of the first page has grown over them', async () => {
    const { bytes, clusters } = makeSegment({ appends: halfSeconds(4) });
    const filling = [...children(bytes, SEGMENT_DATA_AT, HEAD_BYTES)].findLast(
      ({ id }) => id === ELEMENTS.Void.id,
    );
    const at = filling?.at ?? 0;
    const grown = Buffer.from(bytes);
    Buffer.from('ec08', 'hex').copy(grown, at);
    grown.writeUInt32BE((clusters[2] ?? 0) - at - 6, at + 2);
    const parts = await partsOf({ 'anna-0001.mkv': grown });
    expect(parts).toMatchObject([{ state: 'damaged', participant: 'Anna' }]);
    expect(await all(parts)).toEqual(await all(await partsOf({ 'anna-0001.mkv': bytes })));
  });

  it('are those behind a cluster that has become a filling', async () => {
    const { bytes, clusters } = makeSegment({ appends: halfSeconds(4) });
    const at = clusters[1] ?? 0;
    // One that holds the rest of it, and the two behind.
    const filled = Buffer.from(bytes);
    Buffer.from('ec08', 'hex').copy(filled, at);
    filled.writeUInt32BE((clusters[3] ?? 0) - at - 6, at + 2);
    const parts = await partsOf({ 'anna-0001.mkv': filled });
    const told: string[] = [];
    const items = await all(parts, { onFault: (_, thrown) => told.push(String(thrown)) });
    expect(items.filter(({ type }) => type === 'picture')).toHaveLength(15);
    expect(told.join()).toContain('Void');
  });

  it('begin with sound that the host turned off long before, whatever its owner did since', async () => {
    const appends = halfSeconds(80).map((blocks, half) =>
      half < 10 ? blocks : blocks.filter(({ track }) => track === 'screen'),
    );
    const state = (by: string, word: string): object => ({
      type: 'state',
      kind: 'audio',
      state: word,
      by,
    });
    appends[10]?.push(event(at(5.1), state('host', 'off')));
    appends[12]?.push(event(at(6.1), state('self', 'on')));
    const parts = await partsOf({ 'anna-0001.mkv': makeSegment({ appends }).bytes });
    const items = await all(parts, { fromUs: at(39), toUs: at(39.4) });
    expect(items.filter(({ type }) => type === 'event')).toMatchObject([
      { event: { type: 'state', kind: 'audio', state: 'off', by: 'host' } },
    ]);
  });

  it('have what was said once, though it stands in the file of everybody', async () => {
    const said = event(at(0.2), { type: 'chat', name: 'Anna', text: 'hello' });
    const appends = halfSeconds(1).map((blocks) => [...blocks, said]);
    const parts = await partsOf({
      'anna-0001.mkv': makeSegment({ appends }).bytes,
      'bert-0001.mkv': makeSegment({ participant: 'Bert', appends }).bytes,
    });
    expect((await all(parts)).filter(({ type }) => type === 'event')).toHaveLength(1);
  });

  it('go on behind damage, and without a participant whose file cannot be read', async () => {
    const { bytes, clusters } = makeSegment({ appends: halfSeconds(6) });
    bytes.fill(0, (clusters[2] ?? 0) + 20, (clusters[2] ?? 0) + 40);
    const parts = await partsOf({ 'anna-0001.mkv': bytes });
    const gone: Part[] = parts.map((part) => ({
      ...part,
      path: `${part.path}x`,
      participant: 'X',
    }));
    const faults = new Map<string, unknown>();
    const items = await all([...parts, ...gone], {
      onFault: (part, thrown) => faults.set(part.participant, thrown),
    });
    expect(items.filter(({ type }) => type === 'picture')).toHaveLength(25);
    expect(faults.get('X')).toMatchObject({ code: 'ENOENT' });
    expect(faults.get('Anna')).toMatchObject({ code: 'MEET_RECORDING_DAMAGED' });
    expect(String(faults.get('Anna'))).toMatch(/anna-0001\.mkv is damaged: .* are passed over/);
  });
});
