/**
 * What is kept beside frames, in words for those who watch a recording. Owns the wording; the lines
 * themselves are those of index-line.ts.
 */
import type { GapLine, RemarkLine, ResumedLine } from './index-line.js';
import type { StreamKind } from '../../transport/stream-kind.js';

/** What stands in a recording as an event. */
export type EventLine = RemarkLine | GapLine | ResumedLine;

const DEVICE: Readonly<Record<StreamKind, string>> = {
  screen: 'screen',
  video: 'camera',
  audio: 'microphone',
};

/** One line of text, in which nothing is markup. `who`: the participant of the recording. */
export function eventWords(line: EventLine, who: string): string {
  return plainWords(wordsOf(line, who));
}

/**
 * Players take S_TEXT/UTF8 for SubRip, which has no escapes: they hide what stands in braces, and do what tags
 * and backslashes say (FFmpeg's libavcodec/htmlsubtitles.c, libass). A word joiner (U+2060), which is not seen,
 * takes the meaning from those; braces are the wide ones. For programs the JSON beside has all as it was.
 */
function plainWords(words: string): string {
  return words
    .replace(/[<\\]/g, (mark) => `${mark}\u2060`)
    .replaceAll('{', '\uff5b')
    .replaceAll('}', '\uff5d');
}

function wordsOf(line: EventLine, who: string): string {
  switch (line.type) {
    case 'joined':
      return `${line.name} is here`;
    case 'left':
      return `${line.name} has left`;
    case 'chat':
      return `${line.name}: ${line.text}`;
    case 'hand':
      return line.up ? `${who} raises a hand` : `${who} takes the hand down`;
    case 'state':
      return `${who}'s ${DEVICE[line.kind]} is ${line.state}${line.by === 'host' ? ', by the host' : ''}`;
    case 'gap':
      return gapWords(line);
    case 'resumed':
      return 'recording goes on';
  }
}

function gapWords({ kind, frames, reason }: GapLine): string {
  const what = kind === 'audio' ? 'pieces of sound' : `pictures of the ${DEVICE[kind]}`;
  return `${frames ?? 'some'} ${what} are missing (${reason})`;
}

/** When it was, in microseconds since the Unix epoch; of a gap its end. */
export function eventAtUs(line: EventLine): number {
  return line.type === 'gap' ? line.toUs : line.atUs;
}
