/**
 * The few lines that `meet share` shows on a terminal: its streams, their rates, and the keys that
 * turn them off and on. Owns its lines, raw mode and their end; captures and sends nothing.
 *
 * No alternate screen and no Ink: what was on the terminal stays, and the last lines stay after the
 * end.
 */
import type { Clock } from '../transport/clock.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { byteRateWords, frameRateWords } from './dashboard/figure-words.js';
import type { Painter, Style } from './dashboard/paint.js';
import { painterFor } from './dashboard/paint.js';
import { cellsOf, fitCells, padCells, printable } from './dashboard/printable-text.js';
import { KIND_WORDS } from './dashboard/tile.js';
import type { Outcome } from './meeting.js';
import { followJobControl } from './terminal/job-control.js';

/** How often the figures are drawn. */
export const PANEL_EVERY_MS = 500;

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

/** What the panel needs of a share. */
export interface OwnShare {
  /** "sharing as kiosk-7 with 10.0.0.5". */
  readonly title: string;
  streams(): readonly OwnStream[];
  toggle(kind: StreamKind): Promise<Outcome>;
}

/** What is used of stdin. */
export interface PanelInput {
  setRawMode(raw: boolean): unknown;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  off(event: 'data', listener: (chunk: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** What is used of stdout. */
export interface PanelOutput {
  readonly columns?: number;
  write(text: string): unknown;
}

export interface SharePanelOptions {
  readonly share: OwnShare;
  readonly stdin: PanelInput;
  readonly stdout: PanelOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What Ctrl-C sends in raw mode. */
const CTRL_C = '\u0003';
const ESCAPE = '\u001b';

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

/**
 * Shows the panel until its user quits (`quit`) or the signal aborts (`ended`). The terminal's mode is
 * as before when it resolves.
 */
export async function runSharePanel(options: SharePanelOptions): Promise<'quit' | 'ended'> {
  const { signal, stdin, clock } = options;
  if (signal.aborted) return 'ended';
  const panel = new SharePanel(options);
  stdin.setRawMode(true);
  const forgetSignals = followJobControl({
    suspend: () => {
      panel.leave();
      stdin.setRawMode(false);
    },
    resume: () => {
      // The shell may have changed the line's settings, which Node takes for what it set itself.
      stdin.setRawMode(false);
      stdin.setRawMode(true);
      panel.draw();
    },
  });
  let stop: (() => void) | undefined;
  try {
    return await new Promise((resolve) => {
      const onData = (chunk: Buffer): void => {
        if (panel.type(chunk.toString('utf8'))) resolve('quit');
      };
      const onAbort = (): void => {
        resolve('ended');
      };
      stdin.on('data', onData);
      stdin.resume();
      signal.addEventListener('abort', onAbort, { once: true });
      const stopTimer = clock.every(PANEL_EVERY_MS, () => {
        panel.draw();
      });
      stop = () => {
        stdin.off('data', onData);
        signal.removeEventListener('abort', onAbort);
        stopTimer();
      };
      panel.draw();
    });
  } finally {
    stop?.();
    forgetSignals();
    stdin.setRawMode(false);
    stdin.pause();
    panel.close();
  }
}

class SharePanel {
  readonly #options: SharePanelOptions;
  readonly #painter: Painter;
  #drawnLines = 0;
  #drawn = '';
  #notice = '';
  #noticeUntilMs = 0;
  #help = false;
  #asking = false;
  #closed = false;

  constructor(options: SharePanelOptions) {
    this.#options = options;
    this.#painter = painterFor(options.env);
  }

  /** What was typed; true: its user has confirmed the end. */
  type(text: string): boolean {
    // A sequence (an arrow, a paste) is no key of this panel.
    if (text.startsWith(ESCAPE) && text.length > 1) return false;
    const before = this.#asking;
    for (const key of text.slice(0, 8)) {
      if (this.#press(key)) return true;
      // What opened the question does not answer it too.
      if (this.#asking !== before) break;
    }
    this.draw();
    return false;
  }

  draw(): void {
    if (this.#closed) return;
    const lines = this.#lines();
    const text = lines.join('\r\n');
    if (text === this.#drawn) return;
    // Back to the first of our lines, then each anew and what is left below it cleared.
    const up = this.#drawnLines > 1 ? `${ESCAPE}[${this.#drawnLines - 1}A` : '';
    this.#options.stdout.write(
      `\r${up}${lines.map((line) => `${line}${ESCAPE}[K`).join('\r\n')}${ESCAPE}[J`,
    );
    this.#drawnLines = lines.length;
    this.#drawn = text;
  }

  /** What was drawn stays; what is drawn from now on stands below it. */
  leave(): void {
    if (this.#drawnLines > 0) this.#options.stdout.write('\r\n');
    this.#drawnLines = 0;
    this.#drawn = '';
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.leave();
  }

  #press(key: string): boolean {
    if (this.#asking) {
      if (key === 'y' || key === '\r' || key === CTRL_C) return true;
      if (key === 'n' || key === 'q' || key === ESCAPE) this.#asking = false;
      return false;
    }
    const row = PANEL_KEYS.find(({ keys }) => keys.includes(key));
    if (row === undefined) return false;
    if (row.kind !== undefined) this.#toggle(row.kind);
    else if (row.words === 'help') this.#help = !this.#help;
    else this.#asking = true;
    return false;
  }

  #toggle(kind: StreamKind): void {
    const { share, clock } = this.#options;
    const tell = (words: string): void => {
      this.#notice = printable(words, 200);
      this.#noticeUntilMs = clock.now() + 5000;
      this.draw();
    };
    if (!share.streams().some((stream) => stream.kind === kind)) {
      tell(`no ${KIND_WORDS[kind]} is shared from here`);
      return;
    }
    share.toggle(kind).then(
      ({ ok, message }) => {
        tell(ok ? message : `not done: ${message}`);
      },
      (thrown: unknown) => {
        tell(`not done: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      },
    );
  }

  #lines(): string[] {
    const { share, stdout, clock } = this.#options;
    const { paint } = this.#painter;
    // One column stays free: a full last column wraps on some terminals.
    const columns = Math.max(1, (stdout.columns ?? 80) - 1);
    const streams = share.streams().map((stream) => this.#streamLine(stream, columns));
    const lines = [paint(fitCells(printable(share.title), columns), 'bold'), ...streams];
    if (this.#help) lines.push(...this.#helpLines(columns));
    if (clock.now() < this.#noticeUntilMs) lines.push(fitCells(this.#notice, columns));
    lines.push(this.#bottomLine(columns));
    return lines;
  }

  #streamLine(stream: OwnStream, columns: number): string {
    const { marks, paint } = this.#painter;
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

  #helpLines(columns: number): string[] {
    return PANEL_KEYS.map(({ label, words, kind }) =>
      fitCells(
        `    ${padCells(label, 3)}${kind === undefined ? words : `${words} off and on`}`,
        columns,
      ),
    );
  }

  #bottomLine(columns: number): string {
    const { paint } = this.#painter;
    if (this.#asking)
      return paint(fitCells('Stop sharing? y/Enter yes, n/Esc no', columns), 'bold');
    const keys = PANEL_KEYS.map(({ label, words }) => `${label} ${words}`).join('  ');
    return paint(fitCells(keys, columns), 'dim');
  }
}

type MarkName = 'live' | 'off' | 'stopped' | 'stale' | 'waiting';

const STATES: Readonly<
  Record<OwnStream['state'], { mark: MarkName; words: string; style: Style }>
> = {
  on: { mark: 'live', words: 'on', style: 'good' },
  off: { mark: 'off', words: 'off by you', style: 'dim' },
  stopped: { mark: 'stopped', words: 'stopped by the host', style: 'bad' },
  'sent-away': { mark: 'stopped', words: 'sent away by the host', style: 'bad' },
  stalled: { mark: 'stale', words: 'stalled', style: 'warn' },
  unwanted: { mark: 'waiting', words: 'on, nobody watches', style: 'dim' },
  connecting: { mark: 'waiting', words: 'connecting', style: 'warn' },
};
