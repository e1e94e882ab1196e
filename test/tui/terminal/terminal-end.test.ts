import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompiledProgram } from '../dashboard/compiled-dashboard.js';
import { compileScreen } from '../dashboard/compiled-dashboard.js';
import { PtyTerminal } from './pty-terminal.js';

let compiled: CompiledProgram;
beforeAll(async () => {
  compiled = await compileScreen();
});
afterAll(async () => {
  await compiled[Symbol.asyncDispose]();
});

/** A shell that runs the program, then says how it ended and what was typed into the line. */
function openShell(way: string, stopped = ''): Promise<PtyTerminal> {
  const program = `"${process.execPath}" "${compiled.program}" ${way} 2>/dev/null`;
  const settings = 'stty -g | sed "s/^/settings:/"';
  const command = `set -m; ${settings}; ${program}; ${stopped} echo "code:$?"; ${settings}; IFS= read -r line; echo "typed[$line]"; exec sleep 600`;
  return PtyTerminal.open({
    columns: 120,
    rows: 24,
    command,
    env: { TERM: 'xterm-256color', COLORTERM: 'truecolor' },
  });
}

describe('however the program ends', () => {
  it.each([
    ['crash', 1],
    ['reject', 1],
    ['exit', 3],
    ['signal', 0],
  ])('%s gives the terminal back as it was, with nothing typed into it', async (way, code) => {
    await using terminal = await openShell(way);
    await terminal.until(() => terminal.line(22).includes('a frame of the child'), 'the child');
    expect(terminal.emulator.buffer.active.type).toBe('alternate');
    if (way === 'signal') {
      await terminal.until(() => /[▀▄█]{3}/u.test(terminal.text()), 'a picture');
      process.kill(await terminal.childPid(), 'SIGTERM');
    }
    await terminal.until(() => /code:\d+[^]*settings:\S+/.test(terminal.text()), 'the end');
    terminal.type('ok\r');
    await terminal.until(() => terminal.text().includes('typed['), 'what was typed');
    expect(terminal.text()).toContain(`code:${code}`);
    expect(terminal.text()).toContain('typed[ok]');
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    const settings = Array.from(terminal.text().matchAll(/settings:(\S+)/g), ([, all]) => all);
    expect(settings.length, terminal.text()).toBe(2);
    expect(settings[0]).toBe(settings[1]);
    expect(terminal.text()).not.toContain('[0n');
    expect(terminal.emulator.modes.wraparoundMode).toBe(true);
    expect(terminal.received).toMatch(/\x1b\[\?25h[^]*$/);
  });
});

describe('a signal that ends a program at once', () => {
  it.each([
    ['SIGQUIT', 131],
    ['SIGXCPU', 152],
  ] as const)('%s does so after the terminal was given back', async (signal, code) => {
    await using terminal = await openShell('signal');
    const pictured = (): boolean => /[▀▄█]{3}/u.test(terminal.text());
    await terminal.until(pictured, 'a picture');
    process.kill(await terminal.childPid(), signal);
    await terminal.until(() => /code:\d+[^]*settings:\S+/.test(terminal.text()), 'the end');
    expect(terminal.text()).toContain(`code:${code}`);
    const settings = Array.from(terminal.text().matchAll(/settings:(\S+)/g), ([, all]) => all);
    expect(settings[0]).toBe(settings[1]);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    expect(terminal.received).toMatch(/\x1b\[\?25h[^]*$/);
  });
});

describe('a program that is stopped by its shell', () => {
  it('gives the terminal back meanwhile, and takes it again with the newest picture', async () => {
    const whileStopped = 'echo "stopped:$?"; stty -g | sed "s/^/while:/"; IFS= read -r word; fg;';
    await using terminal = await openShell('signal', whileStopped);
    const pictured = (): boolean =>
      /[▀▄█]{3}/u.test(terminal.text()) && terminal.line(22).includes('a frame of the child');
    await terminal.until(pictured, 'a picture');
    const child = await terminal.childPid();
    process.kill(child, 'SIGTSTP');
    await terminal.until(() => /stopped:\d+[^]*while:\S+/u.test(terminal.text()), 'the shell');
    const [, before] = /settings:(\S+)/u.exec(terminal.text()) ?? [];
    const [, meanwhile] = /while:(\S+)/u.exec(terminal.text()) ?? [];
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    expect(meanwhile).toBe(before);
    expect(terminal.text()).not.toContain('[0n');
    terminal.type('on\r');
    await terminal.until(pictured, 'a picture again');
    expect(terminal.emulator.buffer.active.type).toBe('alternate');
    // In raw mode a key is no line of the shell's, and is not echoed.
    terminal.type('zzz');
    process.kill(child, 'SIGTERM');
    await terminal.until(() => /code:\d+[^]*settings:\S+/u.test(terminal.text()), 'the end');
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    expect(terminal.text()).not.toContain('zzz');
    const all = Array.from(terminal.text().matchAll(/settings:(\S+)/gu), ([, each]) => each);
    expect(all).toEqual([before, before]);
  });
});
