/**
 * The state of one stream as people are told it. Owns the order of the states (a stop by the host
 * stands above everything, the stream's own word above what arrives) and their words; draws nothing.
 */
import type { RosterEntry, RosterStream } from '../../transport/control.js';
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
  /** Whether the newest picture may be shown: not of a stream that was turned off. */
  readonly shown: boolean;
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
    const also = offBySelf ? ', off by itself too' : '';
    const words = `stopped by the host${since(stream.hostSinceUs)}${also}`;
    return { name: 'stopped', words, shown: false };
  }
  if (offBySelf) {
    return { name: 'off', words: `turned off${since(stream.selfSinceUs)}`, shown: false };
  }
  const old = sinceRecordMs === undefined ? '' : `, ${ageWords(sinceRecordMs)} old`;
  if (entry.away) return { name: 'stale', words: `away${old}`, shown: true };
  if (stream.self === 'stalled') {
    const reason = printable(stream.reason ?? '', REASON_UNITS_MAX);
    const why = reason === '' ? '' : `: ${reason}`;
    return { name: 'stalled', words: `stalled${old}${why}`, shown: true };
  }
  if (stream.kind === 'audio') return { name: 'live', words: 'on', shown: false };
  if (sinceRecordMs === undefined) return { name: 'waiting', words: 'no picture yet', shown: true };
  if (sinceRecordMs >= STALE_AFTER_MS) return { name: 'stale', words: `stale${old}`, shown: true };
  return { name: 'live', words: 'live', shown: true };
}

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
