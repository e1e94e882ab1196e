/**
 * The state of one stream as people are told it. Owns the order of the states (a stop by the host
 * stands above everything, the stream's own word above what arrives) and their words; draws nothing.
 */
import type { RosterEntry, RosterStream } from '../../transport/roster-records.js';
import type { Marks, Style } from './paint.js';
import { ageWords, timeOfDay } from './figure-words.js';
import { printable } from './printable-text.js';

/** No record for so long: stale. Publishers confirm a still picture each second. */
export const STALE_AFTER_MS = 4000;
/** Longest reason shown, in UTF-16 units. */
const REASON_UNITS_MAX = 120;

export type StateName = 'live' | 'waiting' | 'stale' | 'stalled' | 'off' | 'stopped';

export interface StreamState {
  readonly name: StateName;
  /** For a caption: "live", "stale, 12 s old", "stopped by the host since 14:02". */
  readonly words: string;
  /** Turned off, by whomever: no picture of it may be shown, not even the last one. */
  readonly off: boolean;
  /** There is a picture that may be shown. */
  readonly pictured: boolean;
}

export interface Arrivals {
  /** Time since the newest record of the stream came, an unchanged one too; undefined: none yet. */
  readonly sinceRecordMs: number | undefined;
}

/** The state of a stream of a participant. */
export function streamState(
  entry: Pick<RosterEntry, 'away'>,
  stream: RosterStream,
  { sinceRecordMs }: Arrivals,
): StreamState {
  const offBySelf = stream.self === 'off';
  if (stream.host === 'off') {
    const also = offBySelf ? ', off by sharer' : '';
    const words = `stopped by the host${since(stream.hostSinceUs)}${also}`;
    return { name: 'stopped', words, ...OFF };
  }
  if (offBySelf) {
    return { name: 'off', words: `off by its sharer${since(stream.selfSinceUs)}`, ...OFF };
  }
  const pictured = sinceRecordMs !== undefined && stream.kind !== 'audio';
  const on = { off: false, pictured };
  const old = sinceRecordMs === undefined ? '' : `, ${ageWords(sinceRecordMs)} old`;
  if (entry.away) return { name: 'stale', words: `away${old}`, ...on };
  if (stream.self === 'stalled') {
    const reason = printable(stream.reason ?? '', REASON_UNITS_MAX);
    const why = reason === '' ? '' : `: ${reason}`;
    return { name: 'stalled', words: `stalled${old}${why}`, ...on };
  }
  if (stream.kind === 'audio') return { name: 'live', words: 'on', ...on };
  if (sinceRecordMs === undefined) return { name: 'waiting', words: 'no picture yet', ...on };
  if (sinceRecordMs >= STALE_AFTER_MS) return { name: 'stale', words: `stale${old}`, ...on };
  return { name: 'live', words: 'live', ...on };
}

const OFF = { off: true, pictured: false } as const;

const STYLE: Readonly<Record<StateName, Style>> = {
  live: 'good',
  waiting: 'dim',
  stale: 'warn',
  stalled: 'warn',
  off: 'dim',
  stopped: 'bad',
};

/** The colour of a state, which never stands alone: `stateMark` stands before its words. */
export function stateStyle(name: StateName): Style {
  return STYLE[name];
}

/** The sign of a state. */
export function stateMark(name: StateName, marks: Marks): string {
  return name === 'stalled' ? marks.stale : marks[name];
}

function since(atUs: number): string {
  const time = timeOfDay(atUs);
  return time === '' ? '' : ` since ${time}`;
}
