import { describe, expect, it } from 'vitest';
import type { TerminalAnswers } from '../../../src/tui/terminal/capabilities.js';
import { judgeTerminal } from '../../../src/tui/terminal/capabilities.js';
import { askTmux, parseTmuxAnswer } from '../../../src/tui/terminal/tmux-client.js';

const SILENT: TerminalAnswers = {
  version: undefined,
  attributes: undefined,
  acknowledges: false,
  synchronized: false,
  kitty: false,
  kittySharedMemory: false,
  iterm2: false,
  trueColour: false,
  cell: undefined,
};
const CELL = { width: 10, height: 20 };
const KITTY = { ...SILENT, version: 'kitty(0.36.4)', kitty: true, kittySharedMemory: true };
const ITERM = { ...SILENT, version: 'iTerm2 3.5.0', iterm2: true, cell: CELL };
const XTERM = { ...SILENT, version: 'XTerm(379)', attributes: [64, 1, 4, 22], cell: CELL };
const SSH = { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' };

function able(answers: TerminalAnswers, env: Record<string, string>): readonly string[] {
  return judgeTerminal(answers, { TERM: 'xterm-256color', ...env }, undefined).able;
}

describe('what a terminal can', () => {
  it('takes shared memory first where kitty is on this machine', () => {
    expect(able(KITTY, {})[0]).toBe('kitty');
    expect(judgeTerminal(KITTY, { TERM: 'xterm-kitty' }, undefined).kittySharedMemory).toBe(true);
  });

  it('prefers few bytes by SSH: a JPEG, then cells, then pixels', () => {
    const kitty = { ...KITTY, kittySharedMemory: false };
    expect(able(kitty, SSH)).toEqual(['sextant', 'quadrant', 'half', 'braille', 'kitty']);
    expect(able(ITERM, SSH)[0]).toBe('iterm2');
    expect(able(XTERM, SSH)).toEqual(['quadrant', 'half', 'sextant', 'braille', 'sixel']);
    expect(judgeTerminal(KITTY, { TERM: 'xterm-kitty', ...SSH }, undefined)).toMatchObject({
      remote: true,
      kittySharedMemory: false,
    });
  });

  it('takes sixel where the terminal has it and says how large its cells are', () => {
    expect(able(XTERM, {})[0]).toBe('sixel');
    expect(able({ ...XTERM, cell: undefined }, {})).not.toContain('sixel');
    expect(able({ ...XTERM, cell: { width: 0, height: 9999 } }, {})).not.toContain('sixel');
    // 4 as the first value is the terminal's class, not sixel.
    expect(able({ ...XTERM, attributes: [4, 1] }, {})).not.toContain('sixel');
  });

  it('believes the terminal on UTF-8, then the locale, and draws without it in ASCII or pixels', () => {
    const utf8 = (answered: boolean | undefined, env: Record<string, string>): boolean =>
      judgeTerminal({ ...SILENT, utf8: answered }, { TERM: 'xterm', ...env }, undefined).utf8;
    expect(utf8(false, { LANG: 'de_DE.UTF-8' })).toBe(false);
    expect(utf8(true, { LC_ALL: 'de_DE.ISO-8859-1' })).toBe(true);
    expect(utf8(undefined, { LC_ALL: 'de_DE.ISO-8859-1', LANG: 'C.UTF-8' })).toBe(false);
    expect(utf8(undefined, { LANG: 'C' })).toBe(true);
    expect(able({ ...XTERM, utf8: false }, {})).toEqual(['sixel', 'half']);
    expect(able({ ...SILENT, utf8: false }, {})).toEqual(['half']);
  });

  it('shows half blocks only, in 16 colours on 8, on the Linux console', () => {
    const console_ = judgeTerminal(SILENT, { TERM: 'linux', COLORTERM: 'truecolor' }, undefined);
    expect(console_).toMatchObject({ able: ['half'], colours: '8', linuxConsole: true });
  });

  it.each([
    [{ TERM: 'xterm', NO_COLOR: '1', COLORTERM: 'truecolor' }, 'none'],
    [{ TERM: 'xterm', NO_COLOR: '', COLORTERM: 'truecolor' }, 'truecolour'],
    [{ TERM: 'xterm', COLORTERM: '24bit' }, 'truecolour'],
    [{ TERM: 'dumb' }, 'none'],
    [{ TERM: 'vt100' }, 'none'],
    [{ TERM: 'xterm-256color' }, '256'],
    [{ TERM: 'xterm' }, '16'],
    [{ TERM: 'foot' }, 'truecolour'],
    [{ TERM: 'xterm-direct' }, 'truecolour'],
    [{}, 'none'],
  ])('finds the colours of %j', (env, colours) => {
    expect(judgeTerminal(SILENT, env, undefined).colours).toBe(colours);
  });

  it('believes XTGETTCAP where the environment says less', () => {
    const answers = { ...SILENT, trueColour: true };
    expect(judgeTerminal(answers, { TERM: 'xterm' }, undefined).colours).toBe('truecolour');
  });

  it('without colours begins with dots, and still can what was not asked for', () => {
    expect(able(XTERM, { NO_COLOR: '1' })).toEqual([
      ...['braille', 'quadrant', 'sextant', 'half', 'sixel'],
    ]);
  });
});

describe('inside tmux', () => {
  const env = { TERM: 'tmux-256color', TMUX: '/tmp/tmux-0/default,1,0' };
  const inTmux = { ...SILENT, version: 'tmux 3.3a', attributes: [1, 2], acknowledges: true };

  it('shows the colours that tmux can pass on', () => {
    const plain = parseTmuxAnswer('xterm\t256,title\t\n');
    expect(judgeTerminal(inTmux, { ...env, COLORTERM: 'truecolor' }, plain).colours).toBe('256');
    const rich = parseTmuxAnswer('foot\t256,RGB,title\toff\n');
    expect(judgeTerminal(inTmux, env, rich)).toMatchObject({ colours: 'truecolour', tmux: true });
  });

  it('sends kitty pictures through to a kitty only where tmux lets them', () => {
    const lets = parseTmuxAnswer('xterm-kitty\t256,RGB\ton\n');
    const keeps = parseTmuxAnswer('xterm-kitty\t256,RGB\toff\n');
    const other = parseTmuxAnswer('xterm\t256,RGB\ton\n');
    expect(judgeTerminal(inTmux, env, lets)).toMatchObject({ kittyPlaceholders: true });
    expect(judgeTerminal(inTmux, env, lets).able).toContain('kitty');
    for (const client of [keeps, other]) {
      expect(judgeTerminal(inTmux, env, client).able).not.toContain('kitty');
    }
  });

  it('goes on without what tmux does not tell', async () => {
    expect(await askTmux(() => Promise.reject(new Error('no server')))).toBeUndefined();
    expect(parseTmuxAnswer('')).toEqual({ termName: '', features: [], passthrough: false });
  });
});
