/**
 * The few lines that `meet share` shows on a terminal: its streams, their rates, and the keys that
 * turn them off and on. Owns raw mode, what is drawn over and their end; captures and sends nothing.
 *
 * No alternate screen and no Ink: what was on the terminal stays, and the last lines stay after the
 * end.
 */
import type { Clock } from '../transport/clock.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { Painter } from './dashboard/paint.js';
import { painterFor } from './dashboard/paint.js';
import { printable } from './dashboard/printable-text.js';
import { KIND_WORDS } from './dashboard/tile.js';
import type { Outcome } from './meeting.js';
import type { OwnStream } from './share-lines.js';
import { CTRL_C, PANEL_KEYS, panelLines } from './share-lines.js';
import { followDeadlySignals } from './terminal/deadly-signals.js';
import { followJobControl } from './terminal/job-control.js';

/** How often the figures are drawn. */
export const PANEL_EVERY_MS = 500;

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
  readonly rows?: number;
  /** Bytes that the terminal has not taken yet. */
  readonly writableLength?: number;
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

/** Of a terminal that does not tell its size. */
const COLUMNS = 80;
const ROWS = 24;
const ESCAPE = '\u001b';

/**
 * Shows the panel until its user quits (`quit`) or the signal aborts (`ended`). The terminal's mode is
 * as before when it resolves.
 */
export async function runSharePanel(options: SharePanelOptions): Promise<'quit' | 'ended'> {
  const { signal, stdin, clock } = options;
  if (signal.aborted) return 'ended';
  const panel = new SharePanel(options);
  stdin.setRawMode(true);
  const suspend = (): void => {
    panel.leave();
    stdin.setRawMode(false);
  };
  const forgetDeadly = followDeadlySignals({ suspend });
  const forgetSignals = followJobControl({
    suspend,
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
    forgetDeadly();
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
    // A terminal that takes nothing is to have the newest panel afterwards, not all of them.
    const { share, stdout, clock } = this.#options;
    if (this.#closed || (stdout.writableLength ?? 0) > 0) return;
    const lines = panelLines({
      title: share.title,
      streams: share.streams(),
      // One column stays free: a full last column wraps on some terminals.
      columns: Math.max(1, (stdout.columns || COLUMNS) - 1),
      rows: stdout.rows || ROWS,
      help: this.#help,
      asking: this.#asking,
      notice: clock.now() < this.#noticeUntilMs ? this.#notice : undefined,
      painter: this.#painter,
    });
    const text = lines.join('\r\n');
    if (text === this.#drawn) return;
    // Back to the first of our lines, then each anew and what is left below it cleared.
    const up = this.#drawnLines > 1 ? `${ESCAPE}[${this.#drawnLines - 1}A` : '';
    stdout.write(`\r${up}${lines.map((line) => `${line}${ESCAPE}[K`).join('\r\n')}${ESCAPE}[J`);
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
}
