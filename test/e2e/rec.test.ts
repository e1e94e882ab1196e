/** The verbs that list, check, mend and delete recordings, as programs. */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it, describe, onTestFinished } from 'vitest';
import { halfSeconds, makeSegment, place } from '../daemon/recording/reading/made-segment.js';
import type { MeetEnd } from '../setup/meet-program.js';
import { runMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';

const MEETING = 'main/20261123T121530Z';
const closed = makeSegment({ appends: halfSeconds(6) }).bytes;
const open = makeSegment({ participant: 'Bert', appends: halfSeconds(6), isClosed: false }).bytes;

/** A closed segment of Anna's and one of Bert's that was cut off. */
async function scene(): Promise<{
  folder: string;
  rec: (...args: string[]) => Promise<MeetEnd>;
}> {
  const cwd = await mkdtemp(join(tmpdir(), 'meet-rec-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const folder = join(cwd, 'recordings', MEETING);
  await place(join(folder, 'anna-0001.mkv'), closed, 7200);
  await place(join(folder, 'bert-0001.open.mkv'), open.subarray(0, -3000), 3600);
  return { folder, rec: (...args) => runMeet(['rec', ...args], { cwd }) };
}

describe('meet rec', () => {
  it('lists meetings, for people and as JSON', async () => {
    const { rec } = await scene();
    const { exitCode, stdout, stderr } = await rec('ls');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^MEETING +START +LENGTH +SIZE +STATE +PARTICIPANTS$/m);
    expect(stdout).toMatch(/^main\/20261123T121530Z .* 0:00:03 .* damaged +Anna, Bert$/m);
    const json: unknown = JSON.parse((await rec('ls', '--json')).stdout);
    expect(json).toMatchObject({
      meetings: [{ meeting: MEETING, state: 'damaged', participants: ['Anna', 'Bert'] }],
    });
    expect((await rec('ls', 'latest')).stdout).toContain('it was cut off: it has no end');
  });

  it('verifies, and names what is damaged with exit code 65', async () => {
    const { rec, folder } = await scene();
    const { exitCode, stdout, stderr } = await rec('verify');
    expect({ exitCode, stderr }).toEqual({ exitCode: 65, stderr: '' });
    expect(stdout).toContain(`closed    ${join(folder, 'anna-0001.mkv')}`);
    expect(stdout).toContain(`damaged   ${join(folder, 'bert-0001.open.mkv')}`);
    expect(await rec('verify', join(folder, 'anna-0001.mkv'))).toMatchObject({ exitCode: 0 });
  });

  it('recovers what is cut once, and reads that from then on', async () => {
    const { rec, folder } = await scene();
    const made = await rec('recover');
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
    expect(made.stdout).toMatch(/kept \d+ frames, \d+\.\d s\n.*lost at least \d+ frames/);
    expect(await readdir(folder)).toContain('bert-0001.recovered.mkv');
    expect((await rec('recover')).stdout).toBe('nothing needs to be recovered\n');
    expect((await rec('ls')).stdout).toMatch(/ closed +Anna, Bert$/m);
    const { exitCode, stdout } = await rec('verify');
    expect(exitCode).toBe(65);
    expect(stdout).toMatch(/^3 verified, 1 damaged; 1 of these recovered already$/m);
    const again = await rec('recover', join(folder, 'bert-0001.open.mkv'));
    expect(again).toMatchObject({ exitCode: 73 });
    expect(again.stdout).toContain('MEET_FILE_EXISTS');
  });

  it('recovers what is damaged inside, where its meeting is named', async () => {
    const { rec, folder } = await scene();
    const hit = Buffer.from(closed);
    hit.fill(0x55, Math.floor(hit.length / 2), Math.floor(hit.length / 2) + 50);
    await place(join(folder, 'anna-0001.mkv'), hit, 7200);
    expect((await rec('verify', join(folder, 'anna-0001.mkv'))).exitCode).toBe(65);
    const made = await rec('recover', MEETING, '--json');
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
    const answer: unknown = JSON.parse(made.stdout);
    expect(answer).toMatchObject({
      recovered: [
        {
          from: join(folder, 'anna-0001.mkv'),
          path: join(folder, 'anna-0001.recovered.mkv'),
        },
        { path: join(folder, 'bert-0001.recovered.mkv') },
      ],
    });
    expect(made.stdout).toMatch(/"framesKept":50,.*"framesLost":10,/);
    expect(await readFile(join(folder, 'anna-0001.mkv'))).toEqual(hit);
    expect((await rec('recover', MEETING)).stdout).toBe('nothing needs to be recovered\n');
  });

  it('calls nothing damaged that is being written, and does not touch it', async () => {
    const { rec, folder } = await scene();
    const path = join(folder, 'bert-0001.open.mkv');
    await place(path, open.subarray(0, -3000), 0);
    expect((await rec('ls')).stdout).toMatch(/ open +Anna, Bert$/m);
    const verified = await rec('verify', '--json');
    expect(verified).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(verified.stdout)).toMatchObject({
      files: [{ state: 'closed' }, { path, state: 'open', faults: [] }],
      damaged: 0,
    });
    expect((await rec('recover')).stdout).toBe('nothing needs to be recovered\n');
    const named = await rec('recover', path);
    expect(named).toMatchObject({ exitCode: 2 });
    expect(named.stdout).toContain('is being written');
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('shows what a killed recover has left, and recover or prune removes it', async () => {
    const { rec, folder } = await scene();
    // No system has a process of that number, and there is one of this.
    const [left, running] = [`9999999-1`, `${process.pid}-1`].map((writer) =>
      join(folder, `.bert-0001.recovered.mkv.${writer}.part`),
    );
    const leave = async (): Promise<void> => {
      for (const path of [left, running]) await place(path ?? '', open.subarray(0, 5000), 3600);
    };
    const names = async (): Promise<string[]> =>
      (await readdir(folder)).filter((name) => name.endsWith('.part'));
    await leave();
    expect((await rec('ls', 'latest')).stdout).toMatch(/\.part .* 5\.0 kB +unfinished +left by a/);
    const listed: unknown = JSON.parse((await rec('ls', '--json')).stdout);
    expect(listed).toMatchObject({
      meetings: [{ unfinished: [{ path: left, sizeBytes: 5000 }] }],
    });
    await writeFile(join(folder, '../../.meet-recordings'), '');
    const pruned = await rec('prune', '--keep', '900d', '--yes');
    expect(pruned).toMatchObject({ exitCode: 0, stderr: '' });
    expect(pruned.stdout).toContain(`${left}  5.0 kB  unfinished\n1 files, 5.0 kB\ndeleted 1 of 1`);
    expect(await names()).toEqual([basename(running ?? '')]);
    await rec('recover');
    await leave();
    expect((await rec('recover')).stdout).toBe('nothing needs to be recovered\n');
    expect(await names()).toEqual([basename(running ?? '')]);
  });

  it('prunes what retention would delete, and asks nobody in a pipe', async () => {
    const { rec, folder } = await scene();
    expect(await rec('prune')).toMatchObject({ exitCode: 2 });
    const unmarked = await rec('prune', '--keep', '90m', '--yes');
    expect(unmarked).toMatchObject({ exitCode: 2 });
    expect(unmarked.stderr).toContain('nothing is deleted');

    const marker = join(folder, '../../.meet-recordings');
    await writeFile(marker, '{"version":1,"id":"1b4e28ba-2fa1-11d2-883f-0016d3cca427"}');
    expect(await rec('prune', '--keep', '90m')).toMatchObject({ exitCode: 2 });
    const dry = await rec('prune', '--keep', '90m', '--dry-run', '--json');
    const path = join(folder, 'anna-0001.mkv');
    expect(JSON.parse(dry.stdout)).toMatchObject({
      segments: [{ path }],
      deleted: 0,
      dryRun: true,
    });
    expect(await readdir(folder)).toHaveLength(2);
    const done = await rec('prune', '--keep', '90m', '--yes');
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    expect(done.stdout).toContain('deleted 1 of 1');
    expect(await readdir(folder)).toEqual(['bert-0001.open.mkv']);
  });

  it.skipIf(needs('strace'))('says what cannot be pruned, and ends with 1', async () => {
    const { folder } = await scene();
    await writeFile(join(folder, '../../.meet-recordings'), '');
    const hidden = join(folder, 'anna-0001.mkv');
    const prune = ['prune', '--keep', '90m', '--yes'];
    const within = ['strace', '-f', '-qq', '-o', '/dev/null', '-P', hidden];
    const inject = ['-e', 'trace=openat,open', '-e', 'inject=openat,open:error=EIO'];
    for (const args of [[...prune, '--dry-run'], prune]) {
      const denied = await runMeet(['rec', ...args, '--json'], {
        cwd: join(folder, '../../..'),
        within: [...within, ...inject],
      });
      expect(denied).toMatchObject({ exitCode: 1 });
      expect(denied.stderr).toMatch(/cannot delete .*anna-0001\.mkv.*EIO/);
      expect(JSON.parse(denied.stdout)).toMatchObject({
        ...{ segments: [], deleted: 0 },
        faults: [expect.stringContaining('EIO')],
      });
    }
    expect(await readdir(folder)).toContain('anna-0001.mkv');
  });

  it('plays a recording as lines where there is no terminal, and ends with it', async () => {
    const { rec } = await scene();
    const played = await rec('play', 'latest', '--no-play', '--speed', '8');
    expect(played).toMatchObject({ exitCode: 0 });
    expect(played.stdout).toMatch(/^meeting main: \d here$/m);
    expect(played.stdout).toMatch(/Anna: screen on/);
  });

  it('tells a wrong meeting the near one, and where it looked', async () => {
    const { rec } = await scene();
    const wrong = await rec('export', 'mian', '-o', 'x.wav');
    expect(wrong).toMatchObject({ exitCode: 2 });
    expect(wrong.stderr).toContain('did you mean "main"?');
    const nowhere = await rec('ls', '--dir', 'nowhere');
    expect(nowhere).toMatchObject({ exitCode: 2 });
    expect(nowhere.stderr).toContain('--dir DIR');
  });
});
