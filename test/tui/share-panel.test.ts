import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import xterm from '@xterm/headless';

import type { OwnStream } from '../../src/tui/share-lines.js';
import { PANEL_KEYS } from '../../src/tui/share-lines.js';
import { PANEL_EVERY_MS, runSharePanel } from '../../src/tui/share-panel.js';
import { ManualClock } from '../setup/manual-clock.js';

const on = { state: 'on', framesPerSecond: 15, bytesPerSecond: 412_000 } as const;
const open: xterm.Terminal[] = [];
const running: { readonly stop: AbortController; readonly done: Promise<unknown> }[] = [];

afterEach(async () => {
  for (const { stop } of running) stop.abort();
  await Promise.all(running.splice(0).map(({ done }) => done));
  for (const terminal of open.splice(0)) terminal.dispose();
});

/** A panel on an emulated terminal. */
function panel(streams: OwnStream[], columns = 80, rows = 20) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  open.push(terminal);
  const clock = new ManualClock();
  const stop = new AbortController();
  const asked: string[] = [];
  const raw: boolean[] = [];
  const events = new EventEmitter();
  const stdin = Object.assign(events, {
    setRawMode: (mode: boolean) => raw.push(mode),
    resume: () => undefined,
    pause: () => undefined,
  });
  const stdout = {
    columns,
    rows,
    writableLength: 0,
    write: (text: string): void => {
      terminal.write(text);
    },
  };
  const done = runSharePanel({
    share: {
      title: 'sharing as kiosk-7 with 10.0.0.5',
      streams: () => streams,
      toggle: (kind) => {
        asked.push(kind);
        return Promise.resolve({ ok: true, message: `your ${kind} is off` });
      },
    },
    stdin,
    stdout,
    env: { LANG: 'C.UTF-8' },
    clock,
    signal: stop.signal,
  });
  running.push({ stop, done });
  return {
    stdout,
    asked,
    raw,
    done,
    stop,
    clock,
    events,
    type: (keys: string) => events.emit('data', Buffer.from(keys)),
    /** The terminal's lines, once all that was written is worked through. */
    lines: async (): Promise<string[]> => {
      clock.advance(PANEL_EVERY_MS);
      await new Promise<void>((resolve) => {
        terminal.write('', resolve);
      });
      const { active } = terminal.buffer;
      return Array.from({ length: active.length }, (_, row) =>
        (active.getLine(row)?.translateToString(true) ?? '').trimEnd(),
      ).filter((line) => line !== '');
    },
  };
}

describe('the panel of a share', () => {
  it('shows a line a stream with its state and figures, drawn in place', async () => {
    const streams: OwnStream[] = [
      { kind: 'screen', ...on },
      { ...on, kind: 'video', state: 'stopped', note: 'since 14:02' },
      { ...on, kind: 'audio', state: 'off' },
    ];
    const { lines } = panel(streams);
    const expected = [
      'sharing as kiosk-7 with 10.0.0.5',
      '  screen  ● on  15 fps  412 kB/s',
      '  camera  ■ stopped by the host  since 14:02',
      '  sound   ○ off by you',
      's screen  v camera  a sound  ? help  q quit',
    ];
    expect(await lines()).toEqual(expected);
    streams[0] = { ...on, kind: 'screen', state: 'stalled', note: 'no\u001b[2J display' };
    expected[1] = '  screen  ◐ stalled  no[2J display';
    expect(await lines()).toEqual(expected);
  });

  it('toggles its own streams by s, v and a, and says what came of it', async () => {
    const { type, asked, lines } = panel([
      { kind: 'screen', ...on },
      { kind: 'video', ...on },
    ]);
    type('s');
    type('v');
    expect(asked).toEqual(['screen', 'video']);
    expect(await lines()).toContain('your video is off');
    type('a');
    expect(asked).toHaveLength(2);
    expect(await lines()).toContain('no sound is shared from here');
  });

  it('has a help made of the same keys', async () => {
    const { type, lines } = panel([{ kind: 'screen', ...on }]);
    type('?');
    const help = (await lines()).join('\n');
    for (const { label, words } of PANEL_KEYS) expect(help).toContain(`    ${label}  ${words}`);
    type('?');
    expect(await lines()).toHaveLength(3);
  });

  it.each([1, 2, 3])(
    'scrolls nothing away on %d rows: what is left out is on top',
    async (rows) => {
      const streams: OwnStream[] = [{ kind: 'screen', ...on }];
      const { lines } = panel(streams, 80, rows);
      for (let rate = 1; rate < 20; rate += 1) {
        streams[0] = { ...on, kind: 'screen', framesPerSecond: rate };
        expect((await lines()).length).toBe(rows);
      }
      expect((await lines()).at(-1)).toBe('s screen  v camera  a sound  ? help  q quit');
    },
  );

  it('draws nothing while the terminal takes nothing, then what is newest', async () => {
    const streams: OwnStream[] = [{ kind: 'screen', ...on }];
    const { lines, stdout } = panel(streams);
    const before = await lines();
    stdout.writableLength = 1;
    streams[0] = { ...on, kind: 'screen', state: 'off' };
    expect(await lines()).toEqual(before);
    stdout.writableLength = 0;
    expect(await lines()).toContain('  screen  ○ off by you');
  });

  it('asks before it ends, and gives raw mode back', async () => {
    const { type, lines, done, raw, events, clock } = panel([{ kind: 'screen', ...on }]);
    type('qy');
    expect((await lines()).at(-1)).toBe('Stop sharing? y/Enter yes, n/Esc no');
    type('n');
    type('\u0003');
    type('\u0003');
    expect(await done).toBe('quit');
    expect(raw).toEqual([true, false]);
    expect(events.listenerCount('data')).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('ends with its signal', async () => {
    const { stop, done, raw } = panel([{ kind: 'screen', ...on }]);
    stop.abort();
    expect(await done).toBe('ended');
    expect(raw).toEqual([true, false]);
  });

  it.each([1, 2, 5, 12, 30])('never wraps a line on %d columns', async (columns) => {
    const { lines } = panel([{ kind: 'screen', ...on }], columns);
    expect((await lines()).length).toBeLessThanOrEqual(3);
  });
});
