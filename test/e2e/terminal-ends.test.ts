import { readFile, readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePorts, portsText } from '../setup/meet-program.js';
import type { PtyTerminal } from '../tui/terminal/pty-terminal.js';
import { openMeetTerminal } from './meet-terminal.js';
import { Meeting } from './meeting.js';

const PATIENT = { timeout: 20_000, interval: 100 };
const SIZE = { columns: 100, rows: 30 };

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

/** Runs `meet` in a shell that says how it ended and what the line is set to before and after. */
function openShell(args: readonly string[]): Promise<PtyTerminal> {
  const { cwd, env } = meeting;
  return openMeetTerminal(args, {
    ...{ ...SIZE, cwd, env },
    before: 'stty -a >before',
    after: 'code=$?; stty -a >after; echo "code:$code"; exec sleep 600',
  });
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('SIGTERM', () => {
  it.each([
    ['serve', ['serve', '--no-record', '--no-play'], /● live/u],
    ['watch', ['watch', '--no-play'], /● live/u],
    ['join', ['join', '--no-play', '--screen', 'test', '--name', 'ada'], /● live/u],
    ['share', ['share', '--screen', 'test', '--name', 'ada'], /screen/u],
  ])('leaves the terminal of meet %s as it was', async (command, args, shown) => {
    const ports = await freePorts();
    const ours = ['--ports', portsText(ports)];
    if (command !== 'serve') await meeting.serve(portsText(ports));
    await using terminal = await openShell([...args, ...ours]);
    if (command === 'serve') await terminal.until(() => /Nobody/u.test(terminal.text()), 'it');
    await meeting.share(ports, 'kiosk');
    await terminal.until(() => shown.test(terminal.text()), 'what it shows');
    process.kill(await terminal.childPid(), 'SIGTERM');
    await terminal.until(() => /code:\d+/u.test(terminal.text()), 'its end');
    expect(terminal.text()).toContain('code:143');
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    // A share's panel hides no cursor.
    const hides = terminal.received.lastIndexOf('\x1b[?25l');
    expect(terminal.received.lastIndexOf('\x1b[?25h')).toBeGreaterThanOrEqual(hides);
    const settings = (when: string): Promise<string> => readFile(join(meeting.cwd, when), 'utf8');
    expect(await settings('after')).toBe(await settings('before'));
  });
});

describe('a dashboard of meet serve that is killed', () => {
  it('leaves the daemon running: frames, commands and even its log go on', async () => {
    const ports = await freePorts();
    await using terminal = await openShell(['serve', '--no-record', '--ports', portsText(ports)]);
    await terminal.until(() => /Nobody/u.test(terminal.text()), 'the dashboard');
    await meeting.share(ports, 'kiosk');
    await terminal.until(() => /● live/u.test(terminal.text()), 'the picture');
    const dashboard = await terminal.childPid();
    const [daemon = 0] = await childrenOf(dashboard);
    try {
      process.kill(dashboard, 'SIGKILL');
      await expect.poll(() => isRunning(dashboard), PATIENT).toBe(false);
      // Garbage makes it write to a log that nobody reads any more.
      for (let turn = 0; turn < 3; turn += 1) {
        const noise = connect(ports.screen, '127.0.0.1');
        noise.on('error', () => undefined).end('GET / HTTP/1.1\r\n\r\n');
        await new Promise((resolve) => noise.once('close', resolve));
      }
      await using viewer = await openMeetTerminal(
        ['watch', '--no-play', '--ports', portsText(ports)],
        { ...SIZE, cwd: meeting.cwd, env: meeting.env },
      );
      await viewer.until(() => /● live +\d+ fps/u.test(viewer.text()), 'the picture');
      const before = (await meeting.stream('kiosk')).frames;
      await expect
        .poll(async () => (await meeting.stream('kiosk')).frames, PATIENT)
        .toBeGreaterThan(before);
      expect(isRunning(daemon)).toBe(true);
    } finally {
      if (isRunning(daemon)) process.kill(daemon, 'SIGTERM');
    }
    await expect.poll(() => isRunning(daemon), PATIENT).toBe(false);
  });
});

describe('a window that is closed', () => {
  it('ends the dashboard of meet serve and the daemon beside it', async () => {
    const ports = await freePorts();
    const args = ['serve', '--no-record', '--no-play', '--ports', portsText(ports)];
    await using terminal = await openShell(args);
    await terminal.until(() => /Nobody/u.test(terminal.text()), 'the dashboard');
    const dashboard = await terminal.childPid();
    const [daemon = 0] = await childrenOf(dashboard);
    expect([dashboard, daemon].map(isRunning)).toEqual([true, true]);
    await terminal.hangUp();
    await expect.poll(() => [dashboard, daemon].map(isRunning), PATIENT).toEqual([false, false]);
  });
});

/** What `nice` says of each thread of a process: the 19th field (proc(5)), the 17th behind the name. */
async function prioritiesOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const texts = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8')),
  );
  return texts.map((text) => Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[16]));
}

describe('a daemon beside a dashboard', () => {
  it('goes before it: each thread that draws has the lowest priority', async () => {
    const ports = await freePorts();
    const args = ['serve', '--no-record', '--no-play', '--ports', portsText(ports)];
    await using terminal = await openShell(args);
    await terminal.until(() => /Nobody/u.test(terminal.text()), 'the dashboard');
    await meeting.share(ports, 'kiosk');
    await terminal.until(() => /● live/u.test(terminal.text()), 'a picture');
    const dashboard = await terminal.childPid();
    const [daemon = 0] = await childrenOf(dashboard);
    expect(new Set(await prioritiesOf(dashboard))).toEqual(new Set([19]));
    expect(new Set(await prioritiesOf(daemon))).toEqual(new Set(await prioritiesOf(process.pid)));
  });

  it('that is killed takes the dashboard along, which says so on a terminal as it was', async () => {
    const ports = await freePorts();
    await using terminal = await openShell(['serve', '--no-record', '--ports', portsText(ports)]);
    await terminal.until(() => /Nobody/u.test(terminal.text()), 'the dashboard');
    const [daemon = 0] = await childrenOf(await terminal.childPid());
    process.kill(daemon, 'SIGKILL');
    await terminal.until(() => /code:\d+/u.test(terminal.text()), 'its end');
    expect(terminal.text()).toContain('code:69');
    expect(terminal.text()).toMatch(/beside this dashboard was ended by SIGKILL/u);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    const settings = (when: string): Promise<string> => readFile(join(meeting.cwd, when), 'utf8');
    expect(await settings('after')).toBe(await settings('before'));
  });

  it('warns in the dashboard, not across it, and once more when the terminal is given back', async () => {
    const ports = await freePorts();
    await using terminal = await openShell(['serve', '--no-record', '--ports', portsText(ports)]);
    await terminal.until(() => /Nobody/u.test(terminal.text()), 'the dashboard');
    const noise = connect(ports.screen, '127.0.0.1');
    noise.on('error', () => undefined).end('GET / HTTP/1.1\r\n\r\n');
    const warning = /warning: the screen port got/gu;
    const lastLine = (): string => terminal.line(SIZE.rows - 1);
    await terminal.until(() => lastLine().search(warning) !== -1, 'the warning');
    expect(terminal.text().match(warning)).toHaveLength(1);
    process.kill(await terminal.childPid(), 'SIGTERM');
    await terminal.until(() => /code:143/u.test(terminal.text()), 'its end');
    expect(terminal.text()).toMatch(/^warning: the screen port got/mu);
  });
});
