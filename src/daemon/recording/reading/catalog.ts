/**
 * All recordings below a root, by meeting. Owns finding them by their names and putting them in order;
 * what is somebody else's is passed over, and nothing is changed.
 */
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import type { RecordingFs } from '../recording-fs.js';
import { safeName } from '../recording-names.js';
import { isPinnedAmong, parseMeetingFolderName, parseSegmentFileName } from '../segment-name.js';
import { readFramesPart } from './frames-part.js';
import { readMkvPart } from './mkv-part.js';
import type { Part, PartState } from './part.js';
import { stateOf } from './part.js';
import { parseStayFolderName } from './part-name.js';

/** Files that are looked at at a time. */
const AT_ONCE = 16;
/** Stays of the frames format so far apart are two meetings (docs/recordings.md, "Folders"). */
const MEETING_GAP_US = 300_000_000;

export interface MeetingRecord {
  /** `room/20261123T121530Z`: what `meet rec ls` prints and all verbs take. */
  readonly id: string;
  readonly room: string;
  readonly startedAtUs: number;
  readonly durationUs: number;
  readonly sizeBytes: number;
  readonly state: PartState;
  readonly isPinned: boolean;
  /** By time, then by participant and number. Those that `meet rec recover` made are among them. */
  readonly parts: readonly Part[];
}

type Load = () => Promise<Part>;

/** Meetings below `root`, oldest first. Rejects with system errors when the root can't be read. */
export async function listMeetings(
  fs: RecordingFs,
  root: string,
  nowUs: number,
): Promise<MeetingRecord[]> {
  const loads: Load[] = [];
  for (const room of await fs.readdir(root)) {
    if (!room.isDirectory() || safeName(room.name) !== room.name) continue;
    loads.push(...(await partsOfRoom(fs, root, room.name, nowUs)));
  }
  return meetingsOf(await loadAll(loads));
}

/** The meetings that these parts belong to, oldest first. */
export function meetingsOf(parts: readonly Part[]): MeetingRecord[] {
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    const id = `${part.roomFolder}/${part.meeting}`;
    const group = groups.get(id) ?? [];
    group.push(part);
    groups.set(id, group);
  }
  return [...groups]
    .map(([id, group]) => meetingOf(id, group))
    .sort((one, other) => one.startedAtUs - other.startedAtUs || (one.id < other.id ? -1 : 1));
}

function meetingOf(id: string, group: readonly Part[]): MeetingRecord {
  const parts = [...group].sort(
    (one, other) =>
      one.startedAtUs - other.startedAtUs ||
      (one.who < other.who ? -1 : one.who > other.who ? 1 : one.number - other.number),
  );
  const known = parts.filter(({ startedAtUs }) => startedAtUs > 0);
  const startedAtUs = known[0]?.startedAtUs ?? 0;
  const endsAtUs = Math.max(0, ...known.map((part) => part.startedAtUs + part.durationUs));
  return {
    ...{ id, room: parts[0]?.room ?? id, startedAtUs, parts },
    durationUs: Math.max(0, endsAtUs - startedAtUs),
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    state: stateOf(withoutMended(parts)),
    isPinned: parts.length > 0 && parts.every(({ isPinned }) => isPinned),
  };
}

/**
 * The parts to be read: a recovered one in place of those that it was made of. One that is damaged
 * itself, as a power loss leaves it that came too soon, is in nobody's place.
 */
export function withoutMended(parts: readonly Part[]): Part[] {
  const key = ({ roomFolder, meeting, who, number }: Part): string =>
    `${roomFolder}/${meeting}/${who}/${number}`;
  const isGood = ({ isRecovered, state }: Part): boolean => isRecovered && state === 'closed';
  const mended = new Set(parts.filter(isGood).map(key));
  const others = new Set(parts.filter(({ isRecovered }) => !isRecovered).map(key));
  return parts.filter((part) =>
    part.isRecovered ? isGood(part) || !others.has(key(part)) : !mended.has(key(part)),
  );
}

async function partsOfRoom(
  fs: RecordingFs,
  root: string,
  room: string,
  nowUs: number,
): Promise<Load[]> {
  const loads: Load[] = [];
  const stays: { readonly folder: string; readonly startedAtUs: number; readonly who: string }[] =
    [];
  const folders = await fs.readdir(join(root, room));
  for (const { name } of folders.filter((entry) => entry.isDirectory())) {
    const path = join(root, room, name);
    if (parseMeetingFolderName(name) !== undefined) {
      loads.push(...segmentsOf(fs, path, await fs.readdir(path), nowUs));
    }
    const stay = parseStayFolderName(name);
    if (stay !== undefined) stays.push({ folder: path, ...stay });
  }
  return [...loads, ...framesOf(fs, room, stays, nowUs)];
}

/** What reads each segment of a meeting's folder, of which these are all entries. */
export function segmentsOf(
  fs: RecordingFs,
  folder: string,
  entries: readonly Dirent[],
  nowUs: number,
): Load[] {
  const names = new Set(entries.map(({ name }) => name));
  return entries.flatMap((entry) => {
    const name = parseSegmentFileName(entry.name);
    if (name === undefined || !entry.isFile()) return [];
    const isPinned = isPinnedAmong(names, entry.name);
    const place = { path: join(folder, entry.name), name, isPinned };
    return [() => readMkvPart(fs, place, nowUs)];
  });
}

/** Stays of the frames format stand in no folder of their meeting: time tells which belong together. */
function framesOf(
  fs: RecordingFs,
  roomFolder: string,
  stays: readonly { readonly folder: string; readonly startedAtUs: number; readonly who: string }[],
  nowUs: number,
): Load[] {
  const inOrder = [...stays].sort((one, other) => one.startedAtUs - other.startedAtUs);
  return inOrder.map(({ folder, startedAtUs, who }) => async () => {
    const place = { path: folder, roomFolder, who, startedAtUs, meeting: '' };
    return await readFramesPart(fs, place, nowUs);
  });
}

async function loadAll(loads: readonly Load[]): Promise<Part[]> {
  const parts: Part[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let load = loads[next++]; load !== undefined; load = loads[next++]) {
      parts.push(await load());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return placed(parts);
}

/** Gives the stays of the frames format their meeting: overlapping, or at most 5 minutes apart. */
function placed(parts: readonly Part[]): Part[] {
  const frames = parts
    .filter(({ format }) => format === 'frames')
    .sort((one, other) => one.startedAtUs - other.startedAtUs);
  const open = new Map<string, { stamp: string; endsAtUs: number }>();
  const meetings = new Map<string, string>();
  for (const part of frames) {
    const endsAtUs = part.startedAtUs + part.durationUs;
    const before = open.get(part.roomFolder);
    const goesOn = before !== undefined && part.startedAtUs <= before.endsAtUs + MEETING_GAP_US;
    const stamp = goesOn ? before.stamp : stampOf(part.path);
    const latest = goesOn ? Math.max(before.endsAtUs, endsAtUs) : endsAtUs;
    open.set(part.roomFolder, { stamp, endsAtUs: latest });
    meetings.set(part.path, stamp);
  }
  return parts.map((part) => ({ ...part, meeting: meetings.get(part.path) ?? part.meeting }));
}

function stampOf(path: string): string {
  return parseStayFolderName(path.slice(path.lastIndexOf('/') + 1))?.stamp ?? '';
}
