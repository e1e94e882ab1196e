import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventLine } from '../setup/event-line.js';
import type { MeetEnd } from '../setup/meet-program.js';
import { portsText, runMeet, startMeet } from '../setup/meet-program.js';
import type { Scratch } from './recorded.js';
import { readStay, scratch, staysIn } from './recorded.js';

/** What must never reach a terminal: controls, format characters, bidi, lone surrogates. */
const RAW = /[^\P{C}\n]/u;

const NAMES = [
  'red \u001b[31malert\u001b[0m',
  '\u001b]0;owned\u0007title',
  'two\nlines\r\nand more',
  'right \u202Eto left\u202C',
  'zero\u200Bwidth\u2060 joiner\u200D',
  'x'.repeat(10_000),
  '漢'.repeat(1000),
  '../../../escape',
  '/etc/passwd',
  '..',
  '.',
  'CON',
  '\u0301\u0302\u0303 marks',
  'e\u0301'.repeat(200),
  '-rf',
  '$(touch canary) `touch canary` ; touch canary',
];

describe('hostile names', () => {
  let folder: Scratch;
  let joined: EventLine<'joined'>[];
  let plain: MeetEnd;

  beforeAll(async () => {
    folder = await scratch();
    const { path: cwd } = folder;
    const kept = join(cwd, 'kept');
    await using serve = startMeet(
      ['serve', '--json', '--ports', '0,0,0', '--record', kept, '--format', 'frames'],
      {
        cwd,
      },
    );
    const ports = portsText((await serve.event('ready')).ports);
    await using told = startMeet(['serve', '--ports', '0,0,0', '--no-record'], { cwd });
    const line = await told.line('stdout', /^listening on/);
    const [screen = '', video = '', audio = ''] = line.match(/\d+(?=,|$)/g) ?? [];
    const waiting = [...NAMES];
    const shareNext = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const source = ['--audio', 'test', '--duration', '0.1'];
        const who = [`--name=${name}`, `--room=${name}`];
        const args = ['share', '--ports', ports, ...source, ...who];
        const end = await runMeet(args, { cwd });
        expect(end, JSON.stringify(name.slice(0, 50))).toMatchObject({ exitCode: 0, stderr: '' });
        expect(end.stdout).not.toMatch(RAW);
      }
    };
    await Promise.all([shareNext(), shareNext()]);
    const args = ['share', '--ports', `${screen},${video},${audio}`, '--audio', 'test'];
    await runMeet([...args, '--duration', '0.1', `--name=${NAMES[0] ?? ''}`], { cwd });
    plain = await told.end('SIGTERM');
    await serve.end('SIGTERM');
    joined = serve.events.filter((event) => event.event === 'joined');
  });

  afterAll(() => folder[Symbol.asyncDispose]());

  it('reach events cleaned, short and never empty', () => {
    expect(joined).toHaveLength(NAMES.length);
    for (const { name, room } of joined) {
      for (const text of [name, room]) {
        expect(text).not.toMatch(RAW);
        expect(text).not.toContain('\n');
        expect(Array.from(text).length).toBeGreaterThan(0);
        expect(Array.from(text).length).toBeLessThanOrEqual(64);
      }
    }
  });

  it('reach plain lines without anything raw', () => {
    expect(plain.exitCode).toBe(143);
    expect(plain.stdout).toContain('alert');
    expect(plain.stdout).not.toMatch(RAW);
    expect(plain.stderr).not.toMatch(RAW);
  });

  it('keep their recordings in the folder, each in one of its own', async () => {
    expect((await readdir(folder.path)).sort()).toEqual(['kept']);
    const stays = await staysIn(join(folder.path, 'kept'));
    expect(stays).toHaveLength(NAMES.length);
    for (const stay of stays) {
      expect(stay.slice(folder.path.length)).toMatch(
        /^\/kept\/[a-z0-9][a-z0-9._-]*\/\w+Z-[a-z0-9._-]+$/,
      );
      const { faults, lines } = await readStay(stay);
      expect(faults).toEqual([]);
      expect(lines.some(({ type }) => type === 'frame')).toBe(true);
    }
  });
});
