import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portsText } from '../setup/meet-program.js';
import type { PtyTerminal } from '../tui/terminal/pty-terminal.js';
import { openMeetTerminal } from './meet-terminal.js';
import { Meeting } from './meeting.js';

/** Fifty a second, as a window manager sends while a window is dragged. */
const EVERY_MS = 20;
/** From one cell to a wall of screens, there and back. */
const SIZES = [
  [1, 1],
  [300, 100],
  [2, 50],
  [120, 2],
  [37, 11],
  [80, 24],
  [5, 3],
  [200, 60],
] as const;

let meeting: Meeting;
let ports: string;
beforeEach(async () => {
  meeting = await Meeting.open();
  const { ports: numbers } = await meeting.serve();
  ports = portsText(numbers);
  await meeting.share(numbers, 'kiosk');
});
afterEach(() => meeting[Symbol.asyncDispose]());

function open(columns: number, rows: number): Promise<PtyTerminal> {
  const { cwd, env } = meeting;
  return openMeetTerminal(['watch', '--no-play', '--ports', ports], {
    ...{ columns, rows, cwd, env },
    after: 'echo "code:$?"; exec sleep 600',
  });
}

function shows(terminal: PtyTerminal, pattern: RegExp): Promise<void> {
  return terminal.until(() => pattern.test(terminal.text()), String(pattern));
}

async function quits(terminal: PtyTerminal): Promise<void> {
  terminal.type('\u0003\u0003');
  await shows(terminal, /code:0/u);
}

describe('a terminal', () => {
  it('shows the picture and obeys its keys after a storm of sizes', async () => {
    await using terminal = await open(100, 30);
    await shows(terminal, /kiosk · screen {2}● live/u);
    for (let turn = 0; turn < 8; turn += 1) {
      for (const [columns, rows] of SIZES) {
        terminal.resize(columns, rows);
        await pause(EVERY_MS);
      }
    }
    terminal.resize(110, 32);
    await shows(terminal, /kiosk · screen {2}● live/u);
    await shows(terminal, /q quit/u);
    await quits(terminal);
  });

  it.each([
    [1, 1],
    [7, 2],
    [300, 1],
  ])('of %i by %i cells at the start is no hindrance, and may grow', async (columns, rows) => {
    await using terminal = await open(columns, rows);
    // It has asked what the terminal can, so it is about to draw.
    await terminal.until(() => terminal.received.includes('\u001b[?1049h'), 'the dashboard');
    terminal.resize(100, 30);
    await shows(terminal, /kiosk · screen {2}● live/u);
    await quits(terminal);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
  });
});
