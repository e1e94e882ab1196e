import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_PORTS } from '../../src/transport/stream-kind.js';
import type { MeetEnd } from '../setup/meet-program.js';
import { quietEnv, runMeet, startMeet } from '../setup/meet-program.js';
import type { Scratch } from './recorded.js';
import { scratch } from './recorded.js';

let folder: Scratch;
let cwd: string;
beforeAll(async () => {
  folder = await scratch();
  cwd = folder.path;
});
afterAll(() => folder[Symbol.asyncDispose]());

const SECRET = 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0';
const URL = `meet://127.0.0.1#invite=AbCdEfGh.${SECRET}&pin=${'A'.repeat(43)}`;

function meet(...args: string[]): Promise<MeetEnd> {
  return runMeet(args, { cwd });
}

describe('help', () => {
  it('names every command with what it does', async () => {
    const { exitCode, stdout, stderr } = await meet('--help');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const command of ['serve', 'share', 'devices', 'doctor', 'demo']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} .*\\w{3}`, 'm'));
    }
  });

  it.each([
    { command: 'serve', options: ['--ports', '--bind', '--record', '--no-record', '--config'] },
    {
      command: 'share',
      options: ['--host', '--ports', '--screen', '--video', '--audio', '--wait'],
    },
    { command: 'devices', options: ['--json'] },
    { command: 'doctor', options: ['--json'] },
    { command: 'demo', options: ['--duration', '--record'] },
  ])('of $command names its options', async ({ command, options }) => {
    const { exitCode, stdout } = await meet(command, '--help');
    expect(exitCode).toBe(0);
    for (const name of options) expect(stdout).toContain(`  ${name}`);
  });

  it.each([
    { words: ['help', 'share'], like: ['share', '--help'] },
    { words: ['help'], like: ['--help'] },
    { words: ['help', 'rec', 'ls'], like: ['rec', 'ls', '--help'] },
  ])('is also given by $words', async ({ words, like }) => {
    const [asked, known] = await Promise.all([meet(...words), meet(...like)]);
    expect(asked).toMatchObject({ exitCode: 0, stderr: '', stdout: known.stdout });
  });

  it('of meetd is that of the daemon', async () => {
    const { stdout } = await runMeet(['--help'], { cwd, program: 'meetd' });
    expect(stdout).toContain('Usage: meetd [options]');
    expect(stdout).toContain('--limit <NAME=VALUE>');
  });

  it.each(['meet', 'meetd'] as const)('gives the version of %s alone', async (program) => {
    const { exitCode, stdout } = await runMeet(['--version'], { cwd, program });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a mistake', () => {
  it.each([
    { args: ['shar'], said: 'share' },
    { args: ['serv', '--record'], said: 'serve' },
    { args: ['share', '--scren'], said: '--screen' },
    { args: ['serve', '--recrod'], said: '--record' },
    { args: ['serve', '--log-level', 'wran'], said: '"warn"' },
    { args: ['serve', '--limit', 'conections=9'], said: '"connections"' },
    { args: ['serve', '--format', 'frame'], said: '"frames"' },
    { args: ['share', '--screen', 'test', '--screen-backend', 'fmpeg'], said: '"ffmpeg"' },
    { args: ['share', '--screen', '--fps', '100'], said: 'from 1 to 60' },
    { args: ['share', '--screen', '--quality', '0'], said: 'from 1 to 100' },
    { args: ['share', '--screen', '--size', '1280'], said: 'WIDTHxHEIGHT' },
    {
      args: ['share', '--screen', '--duration', 'soon'],
      said: 'expected seconds, or a time such as',
    },
    {
      args: ['serve', '--record', '--keep', '7'],
      said: '--keep is "7", expected an age with its unit',
    },
    { args: ['rec', 'prune', '--yes', '--max-size', '20'], said: 'a size with its unit' },
    { args: ['serve', '--ports', '5051,9999'], said: 'SCREEN,VIDEO,AUDIO' },
    { args: ['serve', '--ports', '70000,1,2'], said: '65535' },
    { args: ['share', '--screen', 'test', '--ports', '0,0,0'], said: 'from 1 to 65535' },
    { args: ['serve', '--bind'], said: 'argument missing' },
    { args: ['serve', 'extra'], said: 'too many arguments' },
    { args: ['share'], said: '--screen, --video, --audio' },
    { args: ['SHARE'], said: 'unknown command \'SHARE\' (did you mean "share"?)' },
    { args: ['ls'], said: 'unknown command \'ls\' (did you mean "meet rec ls"?)' },
    { args: ['kick', 'anna'], said: '(did you mean "meet ctl kick"?); try: meet --help' },
    { args: ['constructor'], said: "unknown command 'constructor'; try: meet --help" },
    { args: ['share', '--FPS', '5'], said: '(did you mean "--fps"?); try: meet share --help' },
    { args: ['rec', 'ls', '--jsn'], said: '(did you mean "--json"?); try: meet rec ls --help' },
    { args: ['help', 'shares'], said: 'unknown command \'shares\' (did you mean "share"?)' },
    { args: ['help', 'rec', 'lss'], said: 'unknown command \'lss\' (did you mean "ls"?)' },
    { args: ['share', '--screen', 'test', '--host', 'ops:5051'], said: 'ports: --ports' },
    { args: ['share', '--screen', 'test', '--host', 'http://ops'], said: 'a host name' },
    { args: ['serve', '--limit', 'pings=1'], said: '--limit is "pings=1", expected' },
    { args: ['share', '--screen', '--duration', '1000000000'], said: 'at most ten years' },
    { args: ['invite', '--expires', '0'], said: '--expires is "0", expected a time from 1s' },
    { args: ['ctl', 'admit', 'kiosk', '7'], said: 'quotes: meet ctl admit "kiosk 7"' },
    { args: ['ctl', 'forget'], said: 'meet ctl forget NAME (who is admitted: meet ctl admitted)' },
    { args: ['bridge'], said: 'the bridge itself listens at 127.0.0.1, at these ports' },
    { args: ['serve', '--plain-from', '10.0.0.1/8'], said: 'or the range 10.0.0.0/8' },
    { args: ['ctl', 'waiting', 'kiosk'], said: '"kiosk" is too much: meet ctl waiting lists' },
  ])('in "$args" is told with what was meant, exit code 2', async ({ args, said }) => {
    const end = await meet(...args);
    expect(end).toMatchObject({ exitCode: 2, stdout: '' });
    expect(end.stderr).toContain(said);
    expect(end.stderr).toMatch(/^meet: [^\n]* \(MEET_USAGE\)\n$/);
  });

  it.each([
    ['watch', '--host', URL],
    ['watch', URL],
    ['serve', '--bind', URL],
    ['share', '--screen', 'test', '--invite', `${URL}?`],
    ['join', URL.replace('&', ' '), '--screen', 'test'],
    [URL],
  ])('tells nothing of the secret of an invite in a wrong place: %s %s', async (...args) => {
    const { exitCode, stdout, stderr } = await meet(...args, '--json');
    expect(exitCode).toBe(2);
    expect(stderr + stdout).not.toContain(SECRET);
  });

  it("names the command's own help", async () => {
    expect((await meet('serve', '--recrod')).stderr).toContain(
      '; try: meet serve --help (MEET_USAGE)',
    );
  });
});

describe('a configuration', () => {
  /** Starts a daemon and gives what `ready` says of it, or how it failed. */
  async function ready(args: string[], env: Record<string, string> = {}) {
    await using serve = startMeet(['serve', '--json', ...args], { cwd, env: quietEnv(env) });
    return await serve.event('ready');
  }

  async function file(name: string, text: string): Promise<string> {
    await mkdir(join(cwd, 'config'), { recursive: true });
    const path = join(cwd, 'config', name);
    await writeFile(path, text);
    return path;
  }

  it.each([
    {
      name: 'meet.toml',
      text: 'ports = [0, 0, 0]\nrecord = "from-file"\n[limit]\nconnections = 40\n',
    },
    {
      name: 'meet.json',
      text: '{"ports": "0,0,0", "record": "from-file", "limit": {"connections": 40}}',
    },
  ])('is read from $name', async ({ name, text }) => {
    const { recording, ports } = await ready(['--config', await file(name, text)]);
    expect(recording).toBe(join(cwd, 'from-file'));
    expect(Object.values(ports)).not.toContain(DEFAULT_PORTS.screen);
  });

  it('takes the environment over the file, and a flag over both', async () => {
    const config = ['--config', await file('order.toml', 'ports = "0,0,0"\nrecord = "file"\n')];
    const env = { MEET_RECORD: 'environment' };
    expect((await ready(config, env)).recording).toBe(join(cwd, 'environment'));
    expect((await ready([...config, '--record', 'flag'], env)).recording).toBe(join(cwd, 'flag'));
    expect((await ready([...config, '--no-record'], env)).recording).toBeUndefined();
    expect((await ready(config, { MEET_RECORD: 'no' })).recording).toBeUndefined();
  });

  it.each([
    { where: 'a flag', args: ['--limit', 'connections=999999'] },
    { where: 'the environment', env: { MEET_LIMIT: 'connections=999999' } },
    { where: 'a file', text: '[limit]\nconnections = 999999\n' },
  ])('has its --limit obeyed from $where', async ({ args = [], env = {}, text }) => {
    const config = text === undefined ? [] : ['--config', await file('limit.toml', text)];
    const all = ['serve', '--ports', '0,0,0', '--no-record', ...args, ...config];
    const end = await runMeet(all, { cwd, env: quietEnv(env) });
    // More connections than any process may have files: obeyed, this is refused.
    expect(end.exitCode).toBe(78);
    expect(end.stderr).toContain('3 listeners of 999999 connections');
  });

  it.each([
    {
      what: 'an unknown key',
      name: 'a.toml',
      text: 'recrod = "x"\n',
      said: 'did you mean "record"',
    },
    { what: 'an unknown limit', name: 'b.toml', text: '[limit]\nping = 1\n', said: '"ping"' },
    { what: 'a bad value', name: 'c.json', text: '{"ports": [1, 2]}', said: 'c.json: ports' },
    {
      what: 'broken TOML',
      name: 'd.toml',
      text: 'open = no\nports = = 1\n',
      said: 'not TOML: line 1',
    },
    { what: 'broken JSON', name: 'e.json', text: '{"ports": ', said: 'not JSON' },
    { what: 'a list', name: 'f.json', text: '[1]', said: 'expected one object' },
    { what: 'its own name', name: 'g.toml', text: 'config = "h.toml"\n', said: '"config"' },
  ])('with $what is refused with words, exit code 78', async ({ name, text, said }) => {
    const end = await meet('serve', '--config', await file(name, text));
    expect(end).toMatchObject({ exitCode: 78, stdout: '' });
    expect(end.stderr).toContain(said);
    expect(end.stderr).not.toMatch(/\n\s+at /);
  });

  it('that never ends is refused at once, exit code 78', async () => {
    const end = await meet('serve', '--config', '/dev/zero');
    expect(end).toMatchObject({ exitCode: 78, stdout: '' });
    expect(end.stderr).toContain('larger than 1048576 bytes');
  });
});
