import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemRecordingFs as fs } from '../../../../src/daemon/recording/recording-fs.js';
import { listMeetings, withoutMended } from '../../../../src/daemon/recording/reading/catalog.js';
import { needsRecovery } from '../../../../src/daemon/recording/reading/recover-part.js';
import { findMeeting } from '../../../../src/daemon/recording/reading/find-meeting.js';
import { MeetError } from '../../../../src/transport/errors.js';
import { temporaryFolder } from '../temporary-folder.js';
import { STARTED_AT_US, halfSeconds, makeSegment, place } from './made-segment.js';

const MEETING = '20261123T121530Z';
const nowUs = (): number => Date.now() * 1000;

const closed = makeSegment({ appends: halfSeconds(4) }).bytes;
const open = makeSegment({ appends: halfSeconds(4), isClosed: false }).bytes;

async function messageOf(work: Promise<unknown>): Promise<string> {
  const fault: unknown = await work.catch((thrown: unknown) => thrown);
  return fault instanceof MeetError
    ? `${fault.code} ${fault.message}`
    : `no fault: ${String(fault)}`;
}

describe('the list of recordings', () => {
  it('knows which are pinned, also where a folder or a file is named', async () => {
    const root = await temporaryFolder();
    const folder = join(root, 'main', MEETING);
    const path = await place(join(folder, 'anna-0001.mkv'), closed);
    await place(join(folder, 'anna-0002.mkv'), closed);
    await writeFile(`${path}.pinned`, '');
    const library = { fs, root, nowUs: nowUs(), realPath: realpath };
    const pinned = async (word: string): Promise<boolean[]> =>
      (await findMeeting(library, word)).parts.map(({ isPinned }) => isPinned);
    expect(await pinned('latest')).toEqual([true, false]);
    expect(await pinned(folder)).toEqual([true, false]);
    expect(await pinned(path)).toEqual([true]);
  });

  it('tells states from the files alone', async () => {
    const root = await temporaryFolder();
    const at = (name: string): string => join(root, 'main', MEETING, name);
    await place(at('anna-0001.mkv'), closed);
    await place(at('anna-0002.open.mkv'), open, 1);
    await place(at('anna-0003.open.mkv'), open.subarray(0, -10), 3600);
    await place(at('anna-0004.mkv'), closed.subarray(0, -10));
    await place(at('anna-0005.suspect.mkv'), closed);
    await place(at('anna-0006.mkv'), Buffer.alloc(5));
    const [meeting] = await listMeetings(fs, root, nowUs());
    const states = meeting?.parts
      .toSorted((one, other) => one.number - other.number)
      .map(({ number, state, isSuspect }) => [number, state, isSuspect]);
    expect(states).toEqual([
      [1, 'closed', false],
      [2, 'open', false],
      [3, 'damaged', false],
      [4, 'damaged', false],
      [5, 'closed', true],
      [6, 'damaged', false],
    ]);
    expect(meeting).toMatchObject({ id: `main/${MEETING}`, state: 'open', room: 'main' });
  });

  it('knows names, times and kinds, and how long one is that has no end', async () => {
    const root = await temporaryFolder();
    const { bytes } = makeSegment({
      ...{ participant: 'Ünal <b>', appends: halfSeconds(4), isClosed: false },
    });
    await place(join(root, 'main', MEETING, 'unal-b-0001.open.mkv'), bytes);
    const [meeting] = await listMeetings(fs, root, nowUs());
    expect(meeting?.parts).toMatchObject([
      { participant: 'Ünal <b>', kinds: ['screen', 'audio'], startedAtUs: STARTED_AT_US },
    ]);
    expect(meeting?.durationUs).toBeGreaterThanOrEqual(1_500_000);
    expect(meeting?.durationUs).toBeLessThanOrEqual(2_000_000);
  });

  it('takes a recovered file in place of the damaged one, and marks what is pinned', async () => {
    const root = await temporaryFolder();
    await place(join(root, 'main', MEETING, 'anna-0001.open.mkv'), open.subarray(0, -10));
    await place(join(root, 'main', MEETING, 'anna-0001.recovered.mkv'), closed);
    await writeFile(join(root, 'main', MEETING, 'pinned'), '');
    const [meeting] = await listMeetings(fs, root, nowUs());
    expect(meeting).toMatchObject({ state: 'closed', isPinned: true });
    expect(meeting?.parts).toHaveLength(2);
  });

  it('goes back to the damaged one where the recovered one is torn', async () => {
    const root = await temporaryFolder();
    await place(join(root, 'main', MEETING, 'anna-0001.open.mkv'), open.subarray(0, -10));
    await place(join(root, 'main', MEETING, 'anna-0001.recovered.mkv'), closed.subarray(0, -10));
    const [meeting] = await listMeetings(fs, root, nowUs());
    expect(meeting).toMatchObject({ state: 'damaged' });
    expect(withoutMended(meeting?.parts ?? [])).toMatchObject([{ isRecovered: false }]);
    const [damaged] = withoutMended(meeting?.parts ?? []);
    expect(damaged && needsRecovery(damaged, meeting?.parts ?? [])).toBe(true);
  });

  it('passes by what is somebody else’s', async () => {
    const root = await temporaryFolder();
    await place(join(root, 'main', MEETING, 'notes.txt'), Buffer.from('mine'));
    await place(join(root, 'main', 'holidays', 'anna-0001.mkv'), closed);
    await place(join(root, 'Upper Case', MEETING, 'anna-0001.mkv'), closed);
    expect(await listMeetings(fs, root, nowUs())).toEqual([]);
  });

  it('lists folders of the frames format beside them', async () => {
    const root = await temporaryFolder();
    const folder = join(root, 'main', `${MEETING}-bert`);
    await mkdir(folder, { recursive: true });
    const start = { type: 'start', version: 1, room: 'main', participant: 'Bert' };
    const lines = [
      { ...start, startedAtUs: STARTED_AT_US },
      { type: 'end', endedAtUs: STARTED_AT_US + 3_000_000 },
    ];
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await writeFile(join(folder, 'index.jsonl'), text);
    await place(join(root, 'main', MEETING, 'anna-0001.mkv'), closed);
    const meetings = await listMeetings(fs, root, nowUs());
    expect(meetings).toMatchObject([{ id: `main/${MEETING}`, durationUs: 3_000_000 }]);
    expect(meetings[0]?.parts.map(({ format }) => format).sort()).toEqual(['frames', 'mkv']);
  });
});

describe('a MEETING on the command line', () => {
  async function library(): Promise<Parameters<typeof findMeeting>[0]> {
    const root = await temporaryFolder();
    await place(join(root, 'main', MEETING, 'anna-0001.mkv'), closed);
    await place(join(root, 'main', '20261124T090000Z', 'anna-0001.mkv'), closed);
    await place(join(root, 'lab', '20261124T100000Z', 'anna-0001.mkv'), closed);
    return { fs, root, nowUs: nowUs(), realPath: realpath };
  }

  it.each([
    [`main/${MEETING}`, `main/${MEETING}`],
    ['lab', 'lab/20261124T100000Z'],
    ['20261123', `main/${MEETING}`],
    ['20261124T09', 'main/20261124T090000Z'],
  ])('%s is %s', async (word, id) => {
    expect((await findMeeting(await library(), word)).id).toBe(id);
  });

  it('may be a folder or a file', async () => {
    const known = await library();
    const folder = join(known.root, 'lab', '20261124T100000Z');
    expect((await findMeeting(known, folder)).id).toBe('lab/20261124T100000Z');
    const found = await findMeeting(known, join(folder, 'anna-0001.mkv'));
    expect(found.parts).toMatchObject([{ participant: 'Anna' }]);
  });

  it('that is wrong is told with what is near, one that fits several with these', async () => {
    const known = await library();
    expect(await messageOf(findMeeting(known, 'mian'))).toMatch(
      /^MEET_RECORDING_UNKNOWN .*did you mean "main"\?/,
    );
    expect(await messageOf(findMeeting(known, 'lates'))).toMatch(/did you mean "latest"\?/);
    expect(await messageOf(findMeeting(known, 'main'))).toMatch(/fits 2 meetings/);
  });

  it('that is a folder of recordings is told how to say so', async () => {
    const known = await library();
    for (const folder of [known.root, join(known.root, 'main')]) {
      expect(await messageOf(findMeeting(known, folder))).toMatch(
        /^MEET_RECORDING_UNKNOWN .*is a folder, and no meeting's; .* --dir /,
      );
    }
  });
});
