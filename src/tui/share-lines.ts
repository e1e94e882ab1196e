/**
 * What the panel of `meet share` says, as lines of text, and the keys that it says it of. Owns what gives
 * way where there is little room; places nothing on a terminal.
 */
import type { StreamKind } from '../transport/stream-kind.js';
import { byteRateWords, frameRateWords } from './dashboard/figure-words.js';
import type { Marks, Painter, Style } from './dashboard/paint.js';
import { cellsOf, fitCells, padCells, printable } from './dashboard/printable-text.js';
import { KIND_WORDS } from './dashboard/tile.js';

/** One own stream as it stands now. */
export interface OwnStream {
  readonly kind: StreamKind;
  /**
   * `off`: by its user; `stopped`: by the host, who alone can undo that; `sent-away`: by the host, for
   * as long as this program runs.
   */
  readonly state: 'on' | 'off' | 'stopped' | 'sent-away' | 'stalled' | 'unwanted' | 'connecting';
  /** Local time of day since when, or a reason: "since 14:02", "no camera is plugged in". */
  readonly note?: string;
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
}

/** What Ctrl-C sends in raw mode. */
export const CTRL_C = '\u0003';

interface PanelKey {
  readonly keys: readonly string[];
  readonly label: string;
  readonly words: string;
  readonly kind?: StreamKind;
}

/** The keys; the panel's last line and its help are made from it. */
export const PANEL_KEYS: readonly PanelKey[] = [
  { keys: ['s'], label: 's', words: 'screen', kind: 'screen' },
  { keys: ['v'], label: 'v', words: 'camera', kind: 'video' },
  { keys: ['a'], label: 'a', words: 'sound', kind: 'audio' },
  { keys: ['?'], label: '?', words: 'help' },
  { keys: ['q', CTRL_C], label: 'q', words: 'quit' },
];

export interface PanelLook {
  readonly title: string;
  readonly streams: readonly OwnStream[];
  /** Of each line, at most. */
  readonly columns: number;
  /** Lines, at most: the last ones are left. */
  readonly rows: number;
  readonly help: boolean;
  /** Whether to end is being asked. */
  readonly asking: boolean;
  /** The answer to the last request, while it is shown. */
  readonly notice: string | undefined;
  readonly painter: Painter;
}

/** From the title down to the keys of the moment, or the question. */
export function panelLines(look: PanelLook): string[] {
  const { title, streams, columns, rows, help, notice, painter } = look;
  const lines = [painter.paint(fitCells(printable(title), columns), 'bold')];
  lines.push(...streams.map((stream) => streamLine(stream, look)));
  if (help) lines.push(...helpLines(columns));
  if (notice !== undefined) lines.push(fitCells(notice, columns));
  lines.push(bottomLine(look));
  // What is higher than the terminal could not be drawn over: it would scroll by with each change.
  return lines.slice(-rows);
}

function streamLine(stream: OwnStream, { columns, painter }: PanelLook): string {
  const { marks, paint } = painter;
  const { mark, words, style } = STATES[stream.state];
  const state = `${marks[mark]} ${words}`;
  const note = printable(stream.note ?? '', 200);
  const figures =
    stream.state === 'on'
      ? `  ${frameRateWords(stream.framesPerSecond)}  ${byteRateWords(stream.bytesPerSecond)}`
      : '';
  const lead = `  ${padCells(KIND_WORDS[stream.kind], 7)} `;
  const room = columns - cellsOf(lead);
  const fitted = fitCells(`${state}${figures}${note === '' ? '' : `  ${note}`}`, room);
  if (columns <= cellsOf(lead)) return fitCells(lead, columns);
  const [head, tail] = [fitted.slice(0, state.length), fitted.slice(state.length)];
  return `${lead}${paint(head, style)}${tail}`;
}

function helpLines(columns: number): string[] {
  return PANEL_KEYS.map(({ label, words, kind }) => {
    const does = kind === undefined ? words : `${words} off and on`;
    return fitCells(`    ${padCells(label, 3)}${does}`, columns);
  });
}

function bottomLine({ asking, columns, painter }: PanelLook): string {
  const { paint } = painter;
  if (asking) return paint(fitCells('Stop sharing? y/Enter yes, n/Esc no', columns), 'bold');
  const keys = PANEL_KEYS.map(({ label, words }) => `${label} ${words}`).join('  ');
  return paint(fitCells(keys, columns), 'dim');
}

const STATES: Readonly<
  Record<
    OwnStream['state'],
    {
      mark: keyof Pick<Marks, 'live' | 'off' | 'stopped' | 'stale' | 'waiting'>;
      words: string;
      style: Style;
    }
  >
> = {
  on: { mark: 'live', words: 'on', style: 'good' },
  off: { mark: 'off', words: 'off by you', style: 'dim' },
  stopped: { mark: 'stopped', words: 'stopped by the host', style: 'bad' },
  'sent-away': { mark: 'stopped', words: 'sent away by the host', style: 'bad' },
  stalled: { mark: 'stale', words: 'stalled', style: 'warn' },
  unwanted: { mark: 'waiting', words: 'on, nobody watches', style: 'dim' },
  connecting: { mark: 'waiting', words: 'connecting', style: 'warn' },
};
