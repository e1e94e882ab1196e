/**
 * A screen of ours on a terminal of the tests. Owns both and ends them together.
 */
import { EventEmitter } from 'node:events';
import type { PictureMode } from '../../../src/tui/pictures/picture-mode.js';
import type { OpenScreen } from '../../../src/tui/terminal/open-screen.js';
import { openScreen } from '../../../src/tui/terminal/open-screen.js';
import { pictureFill } from '../../../src/tui/terminal/screen.js';
import { systemClock } from '../../../src/transport/clock.js';
import type { PtyOptions } from './pty-terminal.js';
import { PtyTerminal } from './pty-terminal.js';

export interface ScreenFixture extends AsyncDisposable {
  readonly terminal: PtyTerminal;
  readonly opened: OpenScreen;
  /** What the screen registered to run at the end of the process. */
  readonly atExit: Set<() => void>;
  readonly faults: unknown[];
  /** Resolves with the first of the faults. */
  readonly gone: Promise<void>;
  /** The terminal's window gets another size. */
  resize(columns: number, rows: number): void;
}

export interface FixtureOptions extends PtyOptions {
  readonly pictureMode?: PictureMode;
  readonly env?: Readonly<Record<string, string>>;
  /** The size that the line tells until its window gets another one; by default its window's. */
  readonly told?: { readonly columns: number; readonly rows: number };
}

export async function openFixture(options: FixtureOptions): Promise<ScreenFixture> {
  const terminal = await PtyTerminal.open(options);
  const sizes = new EventEmitter();
  let { told } = options;
  const atExit = new Set<() => void>();
  const faults: unknown[] = [];
  let onGone: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    onGone = resolve;
  });
  const opened = await openScreen({
    stdin: terminal.stdin,
    stdout: {
      fd: terminal.fd,
      get columns() {
        return (told ?? terminal).columns;
      },
      get rows() {
        return (told ?? terminal).rows;
      },
      on: (event, listener) => sizes.on(event, listener),
      off: (event, listener) => sizes.off(event, listener),
    },
    env: { TERM: 'xterm-256color', COLORTERM: 'truecolor', ...options.env },
    platform: process.platform,
    clock: systemClock,
    run: () => Promise.reject(new Error('no tmux here')),
    pictureMode: options.pictureMode ?? 'half',
    atExit(run) {
      atExit.add(run);
      return () => {
        atExit.delete(run);
      };
    },
    onGone(fault) {
      faults.push(fault);
      onGone();
    },
  });
  return {
    terminal,
    opened,
    atExit,
    faults,
    gone,
    resize(columns, rows) {
      told = undefined;
      terminal.resize(columns, rows);
      sizes.emit('resize');
    },
    async [Symbol.asyncDispose]() {
      await opened.close();
      await terminal[Symbol.asyncDispose]();
    },
  };
}

/** Lines of an interface: a frame around tiles side by side, each `columns` x `rows`. */
export function tilesFrame(slots: number, columns: number, rows: number): string {
  const tiles = Array.from({ length: slots }, (_, slot) => pictureFill(slot).repeat(columns));
  const line = `│${tiles.join('│')}│`;
  const edge = (text: string): string => text.repeat(slots * (columns + 1) + 1);
  return [edge('─'), ...Array.from({ length: rows }, () => line), edge('─')].join('\n');
}
