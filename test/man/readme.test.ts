import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { OptionTable } from '../../src/cli/option-table.js';
import { JOIN_OPTIONS, SNAPSHOT_OPTIONS, WATCH_OPTIONS } from '../../src/cli/client-options.js';
import { PLAY_OPTIONS } from '../../src/cli/play/play-options.js';
import { REC_EXPORT_OPTIONS, REC_PRUNE_OPTIONS } from '../../src/cli/rec/rec-options.js';
import { SERVE_OPTIONS } from '../../src/cli/serve-options.js';
import { SHARE_OPTIONS } from '../../src/cli/share-options.js';
import { readJpegSize } from '../../src/transport/jpeg-header.js';
import { halfSeconds, makeSegment, place } from '../daemon/recording/reading/made-segment.js';
import { CHECKOUT, trackedFiles } from '../repository/checkout.js';
import type { MeetEnd, MeetProgram } from '../setup/meet-program.js';
import { freePorts, portsText, quietEnv, runMeet, startMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { startXDisplay } from '../setup/x-display.js';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;
/** The address that stands in README.md for a machine of the reader's (RFC 5737). */
const EXAMPLE_HOST = '192.0.2.10';

const README = readFileSync(join(CHECKOUT, 'README.md'), 'utf8');
const MANIFEST = z
  .object({ name: z.string(), version: z.string(), scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')));

/** Every line of every fenced block of shell commands. */
const COMMANDS = [...README.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .flatMap(([, block = '']) => block.trimEnd().split('\n'))
  .sort();

/** Which of them are run below, and those that are what runs this test. */
const RUN_BELOW = [
  'meet chat back in five minutes',
  'meet ctl start kiosk-7 screen',
  'meet ctl stop kiosk-7 screen',
  'meet devices',
  'meet doctor',
  `meet join --host ${EXAMPLE_HOST}`,
  'meet play bob',
  'meet rec export latest -o meeting.mp4',
  'meet rec ls',
  'meet rec play latest',
  'meet rec recover',
  'meet rec verify',
  'meet serve --record recordings',
  'meet serve --ports 0,0,0 --json --stats --duration 2',
  `meet share --screen --video --audio --host ${EXAMPLE_HOST}`,
  'meet snapshot kiosk-7/screen -o now.jpg',
  'meet status',
  `meet watch --host ${EXAMPLE_HOST}`,
  'npm ci && npm start',
  'npm start -- --duration 10',
];
const RUN_BY_OTHERS = [
  'npm ci && npm test', // .ci/run
  'npm pack', // test/repository/package.test.ts, as the next one
  `npm install --global ./${MANIFEST.name}-${MANIFEST.version}.tgz`,
];

async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'meet-readme-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** A checkout whose recordings are the test's own. */
async function scratchCheckout(): Promise<string> {
  const folder = await scratchFolder();
  await cp(join(CHECKOUT, 'package.json'), join(folder, 'package.json'));
  for (const name of ['bin', 'dist', 'node_modules']) {
    await symlink(join(CHECKOUT, name), join(folder, name));
  }
  return folder;
}

function argsOf(command: string): string[] {
  return command.split(' ').slice(1);
}

/** All files below a folder. */
async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

describe('the commands of README.md', { timeout: TIMEOUT_MS }, () => {
  it('are all run by a test', () => {
    expect(COMMANDS).toEqual([...RUN_BELOW, ...RUN_BY_OTHERS].sort());
    expect(readFileSync(join(CHECKOUT, '.ci/run'), 'utf8')).toMatch(/npm ci[\s\S]*npm test/);
  });

  it.each([
    ['npm start', 'MEET_DURATION=2'],
    ['npm start -- --duration 10', '--duration 2'],
  ])('%s runs a daemon and a share, and ends: %s', async (command, ending) => {
    const cwd = await scratchCheckout();
    const [variable = '', value] = ending.split('=');
    const env = quietEnv(value === undefined ? {} : { [variable]: value });
    const args = argsOf(value === undefined ? command.replace('--duration 10', ending) : command);
    const { stdout } = await run('npm', args, { cwd, env });
    expect(stdout).toMatch(/^daemon on 127\.0\.0\.1: screen \d+, video \d+, audio \d+$/m);
    expect(stdout).toMatch(/screen \d+\.\d fps \d+ kB\/s/);
    expect(stdout).toMatch(/^ended; frames that came in: screen \d+, video \d+, audio \d+$/m);
    const files = await filesIn(join(cwd, 'recordings'));
    expect(files.join('\n')).toMatch(/^main\/\d{8}T\d{6}Z-.*\/screen\/\d{9}-\d{13}\.jpg$/m);
    expect(files.join('\n')).toMatch(/audio-0001\.wav$/m);
  });

  it.each(['meet devices', 'meet doctor'])('%s says something and ends with 0', async (command) => {
    const end = await runMeet(argsOf(command), { cwd: await scratchFolder() });
    expect(end).toMatchObject({ exitCode: 0, stderr: '' });
    expect(end.stdout).toContain('test');
  });

  it('meet serve writes events, figures among them, and ends', async () => {
    const command = 'meet serve --ports 0,0,0 --json --stats --duration 2';
    await using serve = startMeet(argsOf(command), { cwd: await scratchFolder() });
    expect(await serve.ended).toMatchObject({ exitCode: 0 });
    const names = serve.events.map(({ event }) => event);
    expect([names[0], names.at(-1)]).toEqual(['ready', 'end']);
    expect(names).toContain('stats');
  });

  it.skipIf(needs('xvfb', 'ffmpeg'))('meet share shares with meet serve', async () => {
    await using display = await startXDisplay();
    const cwd = await scratchFolder();
    const ports = { MEET_PORTS: portsText(await freePorts()) };
    const serveArgs = argsOf('meet serve --record recordings');
    await using serve = startMeet(serveArgs, { cwd, env: quietEnv(ports) });
    await serve.line('stdout', /^listening on all addresses: /);

    const shareArgs = argsOf('meet share --screen --video --audio --host 127.0.0.1');
    const env = quietEnv({ ...ports, DISPLAY: display.name, MEET_DURATION: '1' });
    const end = await runMeet(shareArgs, { cwd, env });
    expect(end).toMatchObject({ exitCode: 0 });
    expect(end.stdout).toMatch(/^screen on \(ffmpeg-x11grab :\d+\)$/m);

    await serve.line('stdout', /^recording ended: /);
    const kept = (await filesIn(join(cwd, 'recordings'))).join('\n');
    expect(kept).toMatch(/main\/\d{8}T\d{6}Z\/[a-z0-9._-]+-0001\.mkv$/m);
    expect(await serve.end('SIGINT')).toMatchObject({ exitCode: 130 });
  });
});

describe('the commands of README.md about a running meeting', { timeout: TIMEOUT_MS }, () => {
  const meeting = async (): Promise<{ cwd: string; env: Record<string, string | undefined> }> => {
    const cwd = await scratchFolder();
    const sockets = { XDG_RUNTIME_DIR: cwd, MEET_PORTS: portsText(await freePorts()) };
    return { cwd, env: quietEnv(sockets) };
  };
  const startKiosk = (cwd: string, env: Record<string, string | undefined>): MeetProgram =>
    startMeet(['share', '--screen', 'test', '--name', 'kiosk-7'], { cwd, env });

  it('tell, take a picture, stop, start and say something', async () => {
    const { cwd, env } = await meeting();
    await using serve = startMeet(['serve', '--record', 'recordings'], { cwd, env });
    await serve.line('stdout', /^listening on /);
    await using kiosk = startKiosk(cwd, env);
    expect(kiosk.pid).toBeGreaterThan(0);
    await serve.line('stdout', /screen .*on/);
    const runCommand = (command: string): Promise<MeetEnd> =>
      runMeet(argsOf(command), { cwd, env });

    const status = await runCommand('meet status');
    expect(status).toMatchObject({ exitCode: 0, stderr: '' });
    expect(status.stdout).toMatch(/^kiosk-7 \(\d+\): main$\n^ {2}screen on/m);
    const taken = await runCommand('meet snapshot kiosk-7/screen -o now.jpg');
    expect(taken).toMatchObject({ exitCode: 0, stderr: '' });
    const picture = readFileSync(join(cwd, 'now.jpg'));
    expect(readJpegSize(picture)).toEqual({ width: 1280, height: 720 });
    const stopped = await runCommand('meet ctl stop kiosk-7 screen');
    expect(stopped).toMatchObject({ exitCode: 0, stdout: 'stop kiosk-7 screen: done\n' });
    expect((await runCommand('meet status')).stdout).toMatch(/screen on, stopped by the host/);
    const started = await runCommand('meet ctl start kiosk-7 screen');
    expect(started).toMatchObject({ exitCode: 0, stdout: 'start kiosk-7 screen: done\n' });
    expect(await runCommand('meet chat back in five minutes')).toMatchObject({ exitCode: 0 });
    await serve.line('stdout', /back in five minutes/);
  });

  it('play, against somebody who wants the same', async () => {
    const { cwd, env } = await meeting();
    await using serve = startMeet(['serve', '--no-record'], { cwd, env });
    await serve.line('stdout', /^listening on /);
    const ask = { cwd, env: { ...env, MEET_WAIT: '20' }, hasInput: true };
    await using alice = startMeet([...argsOf('meet play bob'), '--name', 'alice'], ask);
    await using bob = startMeet(['play', 'alice', '--name', 'bob'], ask);
    alice.write('0,0\n0,1\n0,2\n2,2\n');
    bob.write('1,0\n1,1\n1,2\n2,1\n');
    const ends = await Promise.all([alice.ended, bob.ended]);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(ends.map(({ stdout }) => /^X won/m.test(stdout))).toEqual([true, true]);
  });

  it('watch and join', async () => {
    const { cwd, env } = await meeting();
    await using serve = startMeet(['serve', '--no-record'], { cwd, env });
    await serve.line('stdout', /^listening on /);
    await using kiosk = startKiosk(cwd, env);
    await serve.line('stdout', /kiosk-7/);
    expect(kiosk.pid).toBeGreaterThan(0);
    const reach = (command: string): string[] => argsOf(command.replace(EXAMPLE_HOST, '127.0.0.1'));
    const watchArgs = reach(`meet watch --host ${EXAMPLE_HOST}`);
    await using watch = startMeet(watchArgs, { cwd, env });
    await watch.line('stdout', /kiosk-7/);
    const joinEnv = { ...env, MEET_SCREEN: 'test', MEET_NAME: 'ada' };
    const joinArgs = reach(`meet join --host ${EXAMPLE_HOST}`);
    await using joined = startMeet(joinArgs, { cwd, env: joinEnv });
    await joined.line('stdout', /kiosk-7/);
    await watch.line('stdout', /ada/);
    expect(await joined.end('SIGINT')).toMatchObject({ exitCode: 130 });
    expect(await watch.end('SIGINT')).toMatchObject({ exitCode: 130 });
  });
});

describe.skipIf(needs('ffmpeg'))(
  'the commands of README.md on recordings',
  { timeout: TIMEOUT_MS },
  () => {
    it('list, verify, recover, export and play them', async () => {
      const cwd = await scratchFolder();
      const appends = halfSeconds(4);
      const bytes = makeSegment({ appends, isClosed: false }).bytes;
      await place(join(cwd, 'recordings/main/20261123T121530Z/anna-0001.open.mkv'), bytes);
      const runCommand = (command: string): Promise<MeetEnd> => runMeet(argsOf(command), { cwd });
      expect((await runCommand('meet rec ls')).stdout).toMatch(/damaged +Anna/);
      expect(await runCommand('meet rec verify')).toMatchObject({ exitCode: 65 });
      expect(await runCommand('meet rec recover')).toMatchObject({ exitCode: 0 });
      const film = await runCommand('meet rec export latest -o meeting.mp4');
      expect(film).toMatchObject({ exitCode: 0, stderr: '' });
      const played = await runCommand('meet rec play latest');
      expect(played.stdout).toContain('Anna: screen on');
    });
  },
);

const DOCUMENTS = trackedFiles().filter((path) => path.endsWith('.md'));

describe.each(DOCUMENTS)('%s', (path) => {
  const text = readFileSync(join(CHECKOUT, path), 'utf8');

  it('links only to what is there', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = '']) => target);
    const own = links.filter((target) => !/^https?:/.test(target));
    expect(own.filter((target) => !existsSync(join(CHECKOUT, dirname(path), target)))).toEqual([]);
  });

  it('speaks only of options, scripts and codes that exist', () => {
    const tables = [
      ...[SERVE_OPTIONS, SHARE_OPTIONS, WATCH_OPTIONS, JOIN_OPTIONS],
      ...[SNAPSHOT_OPTIONS, PLAY_OPTIONS, REC_EXPORT_OPTIONS, REC_PRUNE_OPTIONS],
    ];
    const known = tables
      .flatMap((table: OptionTable) => Object.values(table))
      .flatMap(({ flags, negation = '' }) => [...flags.split(' '), negation]);
    const others = ['--version', '--help', '--global', '--only', '--list'];
    const flags = text.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [];
    expect(flags.filter((flag) => ![...known, ...others].includes(flag))).toEqual([]);
    const scripts = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script);
    expect(scripts.filter((script) => !Object.hasOwn(MANIFEST.scripts, script))).toEqual([]);
  });

  it('names only files of the source that are there', () => {
    const files = text.match(/\b(?:src|test|bench)\/[\w./-]+\.(?:ts|mjs|py)\b/g) ?? [];
    expect(files.filter((file) => !existsSync(join(CHECKOUT, file)))).toEqual([]);
  });
});

describe('CHANGELOG.md', () => {
  it('has an entry for the version of the package', () => {
    const changes = readFileSync(join(CHECKOUT, 'CHANGELOG.md'), 'utf8');
    expect(changes).toMatch(
      new RegExp(`^## \\[${MANIFEST.version.replaceAll('.', '\\.')}\\]`, 'm'),
    );
  });
});
