/**
 * `meet rec ls [MEETING…]`: what recordings there are. Owns the form of the answer.
 */
import type { MeetingRecord } from '../../daemon/recording/reading/catalog.js';
import { withoutMended } from '../../daemon/recording/reading/catalog.js';
import type { LeftOver } from '../../daemon/recording/reading/left-overs.js';
import { leftOversBeside } from '../../daemon/recording/reading/left-overs.js';
import type { Part } from '../../daemon/recording/reading/part.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { resolveOptions } from '../option-table.js';
import { printable } from '../printable.js';
import { lengthWords, sizeWords } from './progress-bar.js';
import { REC_LS_OPTIONS } from './rec-options.js';
import { meetingsNamed, openLibrary } from './rec-world.js';

/** With a MEETING, its parts are listed, too. */
export async function recLsCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const { dir, json } = resolveOptions(REC_LS_OPTIONS, { flags, env: io.env });
  const library = openLibrary(io, dir);
  const found = await meetingsNamed(library, words);
  const meetings: ListedMeeting[] = [];
  for (const meeting of found) {
    const leftOvers = json || words.length > 0 ? leftOversBeside(library.fs, meeting.parts) : [];
    meetings.push({ ...meeting, leftOvers: await leftOvers });
  }
  if (json) io.stdout.write(`${JSON.stringify({ meetings: meetings.map(meetingJson) })}\n`);
  else for (const line of listLines(meetings, words.length > 0)) io.stdout.write(`${line}\n`);
  return EXIT.ok;
}

type ListedMeeting = MeetingRecord & { readonly leftOvers: readonly LeftOver[] };

/** A meeting as `--json` has it. Times are ISO 8601. */
function meetingJson(meeting: ListedMeeting): Record<string, unknown> {
  const { id, room, startedAtUs, durationUs, sizeBytes, state, isPinned, parts } = meeting;
  const unfinished = meeting.leftOvers.map(({ path, sizeBytes }) => ({ path, sizeBytes }));
  return {
    meeting: id,
    room,
    startedAt: isoTime(startedAtUs),
    seconds: durationUs / 1e6,
    sizeBytes,
    state,
    pinned: isPinned,
    participants: participantsOf(withoutMended(parts)),
    parts: parts.map(partJson),
    ...(unfinished.length === 0 ? {} : { unfinished }),
  };
}

function partJson(part: Part): Record<string, unknown> {
  const { path, format, participant, number, startedAtUs, durationUs, sizeBytes, state } = part;
  return {
    ...{ path, format, participant, segment: number, startedAt: isoTime(startedAtUs) },
    ...{ seconds: durationUs / 1e6, sizeBytes, state, kinds: part.kinds },
    ...{ pinned: part.isPinned, suspect: part.isSuspect, recovered: part.isRecovered },
    ...(part.words === '' ? {} : { words: part.words }),
  };
}

/** Names, each once, in order of coming. */
export function participantsOf(parts: readonly Part[]): string[] {
  return [...new Set(parts.map(({ participant }) => participant))];
}

export function isoTime(us: number): string {
  return new Date(us / 1000).toISOString();
}

function listLines(meetings: readonly ListedMeeting[], withParts: boolean): string[] {
  if (meetings.length === 0) return ['there are no recordings here'];
  const header = ['MEETING', 'START', 'LENGTH', 'SIZE', 'STATE', 'PARTICIPANTS'];
  const rows = meetings.map((meeting) => [
    meeting.id,
    localTime(meeting.startedAtUs),
    lengthWords(meeting.durationUs),
    sizeWords(meeting.sizeBytes),
    `${meeting.state}${meeting.isPinned ? ' pinned' : ''}`,
    participantsOf(withoutMended(meeting.parts)).map(printable).join(', '),
  ]);
  if (!withParts) return table([header, ...rows]);
  return meetings.flatMap((meeting, index) => [
    ...table([header, rows[index] ?? []]),
    '',
    ...table([...meeting.parts.map(partRow), ...meeting.leftOvers.map(leftOverRow)]),
  ]);
}

function partRow(part: Part): string[] {
  const marks = [
    part.state,
    part.isSuspect ? 'suspect' : '',
    part.isRecovered ? 'recovered' : '',
    part.isPinned ? 'pinned' : '',
  ].filter((mark) => mark !== '');
  return [
    `  ${printable(part.path)}`,
    localTime(part.startedAtUs),
    lengthWords(part.durationUs),
    sizeWords(part.sizeBytes),
    marks.join(' '),
    `${printable(part.participant)}: ${part.kinds.join(' ') || 'nothing'}${part.words === '' ? '' : ` (${printable(part.words)})`}`,
  ];
}

function leftOverRow({ path, sizeBytes, modifiedAtUs }: LeftOver): string[] {
  const words =
    'left by a meet rec recover that was ended; the next one removes it, and so does meet rec prune';
  return [
    `  ${printable(path)}`,
    localTime(modifiedAtUs),
    '',
    sizeWords(sizeBytes),
    'unfinished',
    words,
  ];
}

/** `2026-11-23 12:15:30`, of this machine's time zone. */
function localTime(us: number): string {
  const date = new Date(us / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Columns as wide as their widest cell; the last as it is. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
