import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { MeetEnd, MeetProgram } from '../setup/meet-program.js';
import { runMeet, startMeet } from '../setup/meet-program.js';
import { useOtherMachine } from '../setup/other-machine.js';
import { needs } from '../setup/programs.js';
import { startHost } from './guarded-host.js';

describe.skipIf(needs('ip'))('a host on another machine', () => {
  const { here, within } = useOtherMachine();

  async function scene() {
    const host = await startHost();
    const { cwd, guestEnv: env, ports } = host;
    const file = join(cwd, 'host-invite');
    const url = await host.command('invite', '--host', here, '--role', 'host');
    await writeFile(file, url, { mode: 0o600 });
    onTestFinished(() => rm(file, { force: true }));
    const options = { cwd, env, within };
    const start = (...words: string[]): MeetProgram => {
      const program = startMeet(words, options);
      onTestFinished(() => program[Symbol.asyncDispose]());
      return program;
    };
    // With a key of its own: that of the kiosk is sent away.
    const ownEnv = { ...env, XDG_STATE_HOME: join(cwd, 'far') };
    const far = (...words: string[]): Promise<MeetEnd> =>
      runMeet([...words, '--invite', file], { cwd, within, env: ownEnv });
    const stranger = (name: string): MeetProgram =>
      start('share', '--screen', 'test', '--audio', 'test', '--name', name, '--json', ...at());
    const at = (): string[] => ['--host', here, '--ports', ports];
    return { host, far, stranger, start, at, file };
  }

  it('lets in, refuses, lists, forgets, stops and sends away, over TLS', async () => {
    const { host, far, stranger } = await scene();
    const kiosk = stranger('kiosk');
    await host.serve.event('waiting', ({ name }) => name === 'kiosk');
    const acts: [words: string[], told: RegExp][] = [
      [['waiting'], /^waiting 1: kiosk from /u],
      [['admit', 'kiosk'], /^admit kiosk: done/u],
      [['admitted'], /^kiosk: present since .* by host, SHA256:/u],
      [['stop', 'kiosk', 'screen'], /^stop kiosk screen: done/u],
      [['stop', 'kiosk', 'screen'], /nothing changed/u],
      [['start', 'kiosk'], /^start kiosk: done/u],
      [['mute', 'kiosk'], /^mute kiosk: done/u],
      [['unmute', 'kiosk'], /^unmute kiosk: done/u],
      [['kick', 'kiosk', 'audio'], /^kick kiosk audio: done/u],
      [['kick', 'kiosk'], /^kick kiosk: done/u],
      [['forget', 'kiosk'], /^forget kiosk: done/u],
      [['admitted'], /^nobody is admitted/u],
    ];
    for (const [words, told] of acts) {
      const end = await far('ctl', ...words);
      expect([words, end.exitCode, end.stderr]).toEqual([words, 0, '']);
      expect(end.stdout).toMatch(told);
      if (words[0] === 'admit') await kiosk.event('ready');
    }
    expect((await kiosk.ended).exitCode).toBe(77);
    const other = stranger('other');
    await host.serve.event('waiting', ({ name }) => name === 'other');
    expect((await far('ctl', 'refuse', 'other')).stdout).toBe('refuse other: done\n');
    expect((await other.ended).exitCode).toBe(77);
  }, 120_000);

  it('follows all events; one without the role follows those of its room, or is told why not', async () => {
    const { host, start, at, file, stranger } = await scene();
    const all = start('events', '--follow', '--json', '--invite', file);
    const refused = start('events', '--follow', ...at());
    expect(await refused.ended).toMatchObject({
      exitCode: 77,
      stderr: expect.stringContaining('MEET_NOT_ADMITTED') as unknown,
    });
    const kiosk = stranger('kiosk');
    expect(await all.event('waiting', ({ name }) => name === 'kiosk')).toMatchObject({
      state: 'begun',
    });
    await host.command('ctl', 'admit', 'kiosk');
    await kiosk.event('ready');
    expect((await all.event('joined', ({ name }) => name === 'kiosk')).address).toBeDefined();
    const lines = start('events', '--follow', ...at());
    await lines.line('stdout', /^kiosk joined main$/u);
    await host.command('ctl', 'stop', 'kiosk', 'screen');
    await lines.line('stdout', /^kiosk screen off, by the host$/u);
    expect(await all.event('stream', ({ by }) => by === 'host')).toMatchObject({ state: 'off' });
    await host.serve.end();
    expect((await lines.ended).exitCode).toBe(69);
    expect((await all.ended).exitCode).toBe(69);
  }, 120_000);
});
