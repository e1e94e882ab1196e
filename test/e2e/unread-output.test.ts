import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portsText } from '../setup/meet-program.js';
import { openMeetTerminal } from './meet-terminal.js';
import { Meeting } from './meeting.js';

const MEET = fileURLToPath(new URL('../../bin/meet.js', import.meta.url));
const PATIENT = { timeout: 20_000, interval: 50 };
const SIZE = { columns: 100, rows: 30 };
const XOFF = '\x13';
const XON = '\x11';

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

/** Runs `meet … | reader` in a shell, and tells how `meet` ended. */
async function piped(args: readonly string[], reader: string): Promise<string> {
  const words = [process.execPath, MEET, ...args].map((word) => `'${word}'`).join(' ');
  const script = `{ ${words}; echo "code:$?" >&3; } 2>/dev/null | ${reader}`;
  const { cwd, env } = meeting;
  const shell = spawn('/bin/sh', ['-c', script], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  let told = '';
  shell.stdio[3]?.on('data', (chunk: Buffer) => (told += chunk.toString()));
  await once(shell, 'close');
  return told.trim();
}

describe('output that nobody reads any more', () => {
  it.each([
    // All that a still meeting has to tell.
    ['watch', ['watch', '--no-play', '--name', 'ada'], 'head -2'],
    ['events', ['events', '--follow', '--json'], 'head -0'],
  ])('ends meet %s at once, though nothing happens', async (_, args, reader) => {
    const { ports } = await meeting.serve();
    expect(await piped([...args, '--ports', portsText(ports)], reader)).toBe('code:0');
  });

  it('does not keep who reads it from its end', async () => {
    const { ports } = await meeting.serve();
    const args = ['watch', '--no-play', '--duration', '1', '--ports', portsText(ports)];
    expect(await piped(args, 'cat')).toBe('code:0');
  });
});

describe('a terminal that is stopped with Ctrl-S', () => {
  it('holds up no daemon: the meeting goes on, and the lines come when it does', async () => {
    const { cwd, env } = meeting;
    await using terminal = await openMeetTerminal(
      ['serve', '--no-tui', '--no-record', '--ports', '0,0,0'],
      { ...SIZE, cwd, env },
    );
    const ready = /screen (\d+), video (\d+), audio (\d+)/u;
    await terminal.until(() => ready.test(terminal.text()), 'the ports');
    const [, ...numbers] = ready.exec(terminal.text()) ?? [];
    const [screen = 0, video = 0, audio = 0] = numbers.map(Number);
    terminal.type(XOFF);
    const ports = { screen, video, audio };
    await meeting.share(ports, 'kiosk');
    const answer = await fetch(`http://127.0.0.1:${screen}/`).catch(() => 'no HTTP');
    expect(answer).toBe('no HTTP');
    const where = ['--ports', portsText(ports), '-o', 'newest.jpg'];
    expect((await meeting.run('snapshot', 'kiosk/screen', ...where)).exitCode).toBe(0);
    expect(terminal.text()).not.toContain('warning');
    terminal.type(XON);
    await terminal.until(() => /warning: the screen port got/u.test(terminal.text()), 'the line');
    terminal.type(XOFF);
    await fetch(`http://127.0.0.1:${screen}/`).catch(() => undefined);
    process.kill(terminal.pid, 'SIGTERM');
    await expect.poll(() => isRunning(terminal.pid), PATIENT).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
