/**
 * The tiles and the people of a roster, ready for showing: names cleaned, states in words, figures
 * as words. Owns what becomes a tile and in which order; keeps no picture and draws nothing.
 */
import type { RosterEntry, RosterStream } from '../../transport/roster-records.js';
import type { StreamKind } from '../../transport/stream-kind.js';
import type { StreamFigures } from '../meeting.js';
import { agePairWords, byteRateWords, frameRateWords } from './figure-words.js';
import { printable } from './printable-text.js';
import type { StreamState } from './stream-state.js';
import { streamState } from './stream-state.js';

/** Longest name, in UTF-16 units; the daemon allows 64 code points. */
const NAME_UNITS_MAX = 128;

/** What kinds are called on screen. */
export const KIND_WORDS: Readonly<Record<StreamKind, string>> = {
  screen: 'screen',
  video: 'camera',
  audio: 'sound',
};

export interface Tile {
  /** "3/screen": stable while the participant stays. */
  readonly key: string;
  readonly participant: number;
  readonly name: string;
  /** `audio` for a participant who shares sound alone. */
  readonly kind: StreamKind;
  readonly state: StreamState;
  /** Most telling first: "15 fps", "age 38/61 ms", "412 kB/s", "3 lost". Empty before any figure. */
  readonly figures: readonly string[];
  /** "1280x720", once it is known. */
  readonly size: string;
}

export interface Person {
  readonly participant: number;
  readonly name: string;
  readonly self: boolean;
  readonly away: boolean;
  /** Crosses a network unencrypted, or speaks the older framing, which nobody encrypts. */
  readonly plaintext: boolean;
  /** Why to look twice at the name. */
  readonly caution: string | undefined;
  readonly hand: boolean;
  readonly mutedHere: boolean;
  readonly speaking: boolean;
  /** Has a sound stream that is on. */
  readonly sounding: boolean;
  /** Only watches. */
  readonly watcher: boolean;
}

/** What is known beside the roster. */
export interface TileSources {
  readonly self: number | undefined;
  readonly figures: readonly StreamFigures[];
  /** Time since the newest record of a tile came; undefined: none yet. */
  sinceRecordMs(key: string): number | undefined;
  isMutedHere(participant: number): boolean;
  isSpeaking(participant: number): boolean;
}

export function tileKey(participant: number, kind: StreamKind): string {
  return `${participant}/${kind}`;
}

/** A name as it may be shown; never empty. */
export function nameOf(entry: Pick<RosterEntry, 'name' | 'participant'>): string {
  return printable(entry.name, NAME_UNITS_MAX) || `guest ${entry.participant}`;
}

/** One tile for each picture stream of the others; one for each who shares sound alone. */
export function tilesOf(roster: readonly RosterEntry[], sources: TileSources): Tile[] {
  return roster
    .filter(({ participant }) => participant !== sources.self)
    .flatMap((entry) => tileStreams(entry).map((stream) => tileOf(entry, stream, sources)));
}

export function peopleOf(roster: readonly RosterEntry[], sources: TileSources): Person[] {
  return roster.map((entry) => ({
    participant: entry.participant,
    name: nameOf(entry),
    self: entry.participant === sources.self,
    away: entry.away,
    plaintext: entry.origin === 'older' || entry.plaintext === true,
    caution: entry.caution === undefined ? undefined : printable(entry.caution, NAME_UNITS_MAX),
    hand: entry.hand,
    mutedHere: sources.isMutedHere(entry.participant),
    speaking: sources.isSpeaking(entry.participant),
    sounding: entry.streams.some(
      ({ kind, self, host }) => kind === 'audio' && self === 'on' && host === 'on',
    ),
    watcher: entry.streams.length === 0,
  }));
}

function tileStreams(entry: RosterEntry): RosterStream[] {
  const pictures = entry.streams.filter(({ kind }) => kind !== 'audio');
  return pictures.length > 0 ? pictures : entry.streams;
}

function tileOf(entry: RosterEntry, stream: RosterStream, sources: TileSources): Tile {
  const { participant } = entry;
  const key = tileKey(participant, stream.kind);
  const { format } = stream;
  const figures = sources.figures.find(
    (other) => other.participant === participant && other.kind === stream.kind,
  );
  const state = streamState(entry, stream, { sinceRecordMs: sources.sinceRecordMs(key) });
  return {
    key,
    participant,
    name: nameOf(entry),
    kind: stream.kind,
    state,
    figures: figures === undefined || state.off ? [] : figureWords(figures),
    size: format?.codec === 'jpeg' ? `${format.width}x${format.height}` : '',
  };
}

function figureWords(figures: StreamFigures): string[] {
  const words = [frameRateWords(figures.framesPerSecond)];
  if (figures.ageP95Ms > 0) words.push(`age ${agePairWords(figures.ageP50Ms, figures.ageP95Ms)}`);
  const lost = `${figures.dropped} lost`;
  const rate = byteRateWords(figures.bytesPerSecond);
  words.push(...(figures.dropped > 0 ? [lost, rate] : [rate, lost]));
  return words;
}
