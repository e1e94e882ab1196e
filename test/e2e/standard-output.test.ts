/** Programs whose standard output is a file, and whose disk is full. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../daemon/recording/temporary-folder.js';
import { cannotMount, tinyDisk } from '../daemon/recording/tiny-disk.js';
import { parseEvent } from '../setup/event-line.js';
import { quietEnv, runMeet, startMeet } from '../setup/meet-program.js';

const skip = await cannotMount();
const isLinux = process.platform === 'linux';

/** A shell that runs what follows with its output in a file. */
function into(path: string): string[] {
  return ['sh', '-c', `exec "$@" >'${path}'`, 'sh'];
}

describe.skipIf(!isLinux)('On a device that is full', () => {
  it.each([
    { program: 'meet', args: ['--version'] },
    { program: 'meetd', args: ['--version'] },
    { program: 'meet', args: ['--help'] },
    { program: 'meet', args: ['help', 'serve'] },
    { program: 'meet', args: ['doctor'] },
    { program: 'meet', args: ['devices', '--json'] },
  ] as const)('$program $args says so and ends with 73', async ({ program, args }) => {
    const cwd = await temporaryFolder();
    const options = { program, cwd, within: into('/dev/full') };
    const { exitCode, stderr } = await runMeet(args, options);
    expect(stderr).toMatch(/^meetd?: standard output cannot be written: ENOSPC/);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(exitCode).toBe(73);
  });
});

describe.skipIf(skip)('A daemon whose log is on a full disk (needs root, to mount one)', () => {
  it('goes on, and writes whole lines again once there is room', async () => {
    const disk = await tinyDisk();
    const cwd = await temporaryFolder();
    const log = join(disk, 'log');
    const env = quietEnv({ XDG_RUNTIME_DIR: cwd, XDG_STATE_HOME: join(cwd, 'state') });
    const args = ['serve', '--ports', '0,0,0', '--no-record', '--json'];
    await using daemon = startMeet(args, { cwd, env, within: into(log) });
    const say = (text: string) => runMeet(['chat', text], { cwd, env });
    await expect.poll(() => readFile(log, 'utf8'), { timeout: 30_000 }).toContain('"ready"');
    const others = join(disk, 'others');
    await expect(writeFile(others, Buffer.alloc(2 * 1024 * 1024))).rejects.toThrow('ENOSPC');
    const fault = daemon.line('stderr', /standard output cannot be written: ENOSPC/);
    // The page in which the log ends has some room left.
    for (let count = 0; count < 6; count += 1) await say(`${count} ${'x'.repeat(900)}`);
    await fault;
    expect(await runMeet(['status', '--json'], { cwd, env })).toMatchObject({ exitCode: 0 });
    await rm(others);
    await say('there is room');
    const { exitCode, stderr } = await daemon.end();
    expect({ exitCode, told: stderr.split('\n').length }).toEqual({ exitCode: 143, told: 2 });
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n').map(parseEvent);
    const said = lines.map((line) => (line.event === 'chat' ? line.text : line.event));
    expect(said.at(-2)).toBe('there is room');
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'error', code: 'MEET_SLOW_PEER' }) as unknown,
    );
  }, 60_000);
});

describe.skipIf(!isLinux)('With too few open files to load its modules', () => {
  it('a program says how to raise the limit', async () => {
    const cwd = await temporaryFolder();
    const env = quietEnv({ XDG_RUNTIME_DIR: cwd });
    // How few are too few depends on Node.js: it reads many modules at once, or one after the other.
    for (let files = 40; ; files -= 1) {
      const within = ['sh', '-c', `ulimit -n ${files}; exec "$@"`, 'sh'];
      const { exitCode, stderr } = await runMeet(['status'], { cwd, env, within });
      if (exitCode === 69) continue;
      expect(stderr).toBe(
        'meet: the limit of open files is too low even to start; raise it: ulimit -n 1024 (MEET_OPEN_FILES)\n',
      );
      expect(exitCode).toBe(78);
      return;
    }
  });
});
