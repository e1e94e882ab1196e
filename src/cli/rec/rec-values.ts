/**
 * Values that only the options of `meet rec` have. Owns their parsers.
 */
import type { Parser } from '../values.js';
import { ValueError, plain, seconds, text } from '../values.js';

/** A moment of a recording: so long after its start, or a time of the day and year. */
export type RecordingTime = { readonly afterUs: number } | { readonly atUs: number };

const EXPECTED =
  'seconds after the start (90, 5m), H:MM:SS, or a time such as 2026-11-23T12:20:00Z';

/** `90`, `2.5`, `5m`, `1:30`, `1:02:30`, `2026-11-23T12:20Z`. */
export const recordingTime: Parser<RecordingTime | undefined> = (raw) => {
  const word = plain(raw).trim();
  const [, hours, minutes, rest] = /^(?:(\d+):)?(\d{1,2}):(\d{2}(?:\.\d+)?)$/.exec(word) ?? [];
  if (minutes !== undefined) {
    const isWrong = Number(rest) >= 60 || (hours !== undefined && Number(minutes) >= 60);
    if (isWrong) throw new ValueError(EXPECTED);
    const whole = Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(rest);
    return { afterUs: Math.round(whole * 1e6) };
  }
  if (/^\d{4}-\d{2}-\d{2}T/.test(word)) {
    const ms = Date.parse(word);
    if (!Number.isNaN(ms)) return { atUs: ms * 1000 };
    throw new ValueError(EXPECTED);
  }
  try {
    return { afterUs: Math.round(seconds(word) * 1e6) };
  } catch (thrown) {
    if (thrown instanceof ValueError) throw new ValueError(EXPECTED);
    throw thrown;
  }
};

/** One text or several. */
export const texts: Parser<readonly string[]> = (raw) =>
  Array.isArray(raw) ? raw.map((each) => text(each)) : [text(raw)];
