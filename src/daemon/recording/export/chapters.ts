/**
 * The marks of a film: who comes and goes, which streams are turned off and on. Owns which moments get
 * one, and the form in which ffmpeg reads them (ffmetadata, https://ffmpeg.org/ffmpeg-formats.html#Metadata-1).
 */
import type { StateLine } from '../index-line.js';
import type { RecordingFs } from '../recording-fs.js';
import { meetingItems } from '../reading/meeting-items.js';
import type { Part } from '../reading/part.js';
import type { ExportWish } from './export-wish.js';
import type { Presence } from './stage.js';
import { Stage } from './stage.js';

export interface Chapter {
  readonly atUs: number;
  readonly title: string;
}

/** Players choke on more. */
const CHAPTERS_MOST = 500;
/** What happens within this belongs together. */
const AT_ONCE_US = 1_000_000;
const DEVICE = { screen: 'screen', video: 'camera', audio: 'microphone' } as const;

/** In order of time, the first one at `fromUs`. */
export async function chaptersOf(
  fs: RecordingFs,
  parts: readonly Part[],
  wish: Pick<ExportWish, 'signal' | 'onFault' | 'fromUs' | 'toUs'>,
): Promise<Chapter[]> {
  const { fromUs, toUs, signal, onFault } = wish;
  const { presence } = new Stage(parts);
  const chapters = presenceChapters(presence);
  const stalled = new Set<string>();
  for await (const item of meetingItems(fs, parts, {
    fromUs,
    toUs,
    signal,
    onFault,
    pictures: false,
    sound: false,
  })) {
    if (item.type !== 'event' || item.event.type !== 'state') continue;
    if (isPartOfComing(item.event, presence.get(item.participant) ?? [])) continue;
    const { kind, state, by } = item.event;
    const host = by === 'host' ? ', by the host' : '';
    const title = `${item.participant}'s ${DEVICE[kind]} is ${state}${host}`;
    const stream = `${kind}/${by}/${item.participant}`;
    // What had stalled was not turned off, so that it is not turned on when it goes on.
    const wasStalled = stalled.delete(stream);
    if (state === 'stalled') stalled.add(stream);
    else if (!wasStalled || state === 'off') chapters.push({ atUs: item.atUs, title });
    if (chapters.length > CHAPTERS_MOST) break;
  }
  const inside = chapters
    .filter(({ atUs }) => atUs > fromUs && atUs < toUs)
    .sort((one, other) => one.atUs - other.atUs)
    .slice(0, CHAPTERS_MOST);
  const first = chapters.filter(({ atUs }) => atUs <= fromUs).map(({ title }) => title);
  return [{ atUs: fromUs, title: first[0] ?? 'beginning' }, ...inside];
}

/** Streams go on with whoever comes and off with whoever leaves: that is told once, of the person. */
function isPartOfComing({ state, atUs }: StateLine, times: readonly Presence[]): boolean {
  return times.some(
    ({ fromUs, toUs }) =>
      (state === 'on' && Math.abs(atUs - fromUs) < AT_ONCE_US) ||
      (state === 'off' && Math.abs(atUs - toUs) < AT_ONCE_US),
  );
}

/** By when each participant was recorded, which every format tells. */
function presenceChapters(presence: Stage['presence']): Chapter[] {
  return [...presence].flatMap(([participant, times]) =>
    times.flatMap(({ fromUs, toUs }) => [
      { atUs: fromUs, title: `${participant} is here` },
      { atUs: toUs, title: `${participant} has left` },
    ]),
  );
}

/** As ffmpeg reads chapters, in milliseconds from `fromUs`. */
export function ffmetadata(
  chapters: readonly Chapter[],
  title: string,
  fromUs: number,
  toUs: number,
): string {
  const ms = (us: number): number => Math.round((us - fromUs) / 1000);
  const blocks = chapters.map(({ atUs, title: words }, at) => {
    const end = chapters[at + 1]?.atUs ?? toUs;
    return [
      '[CHAPTER]',
      'TIMEBASE=1/1000',
      `START=${ms(atUs)}`,
      `END=${Math.max(ms(atUs), ms(end))}`,
      `title=${escaped(words)}`,
    ].join('\n');
  });
  return `${[';FFMETADATA1', `title=${escaped(title)}`, ...blocks].join('\n')}\n`;
}

/** A backslash before each character that means something there; no control characters. */
function escaped(words: string): string {
  return words.replace(/\p{C}/gu, ' ').replace(/[=;#\\]/g, (mark) => `\\${mark}`);
}
