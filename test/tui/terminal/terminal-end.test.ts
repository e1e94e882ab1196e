import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompiledDashboard } from '../dashboard/compiled-dashboard.js';
import { compileDashboard } from '../dashboard/compiled-dashboard.js';
import { PtyTerminal } from './pty-terminal.js';

let compiled: CompiledDashboard;
beforeAll(async () => {
  compiled = await compileDashboard();
});
afterAll(async () => {
  await compiled[Symbol.asyncDispose]();
});

/** A shell that runs the program, then says how it ended and what was typed into the line. */
function openShell(way: string): Promise<PtyTerminal> {
  const program = `"${process.execPath}" "${compiled.screenProgram}" ${way} 2>/dev/null`;
  const settings = 'stty -g | sed "s/^/settings:/"';
  const command = `${settings}; ${program}; echo "code:$?"; ${settings}; IFS= read -r line; echo "typed[$line]"; exec sleep 600`;
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
