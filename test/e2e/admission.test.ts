import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { MeetProgram } from '../setup/meet-program.js';
import { quietEnv, startMeet } from '../setup/meet-program.js';
import { startOlderClient } from '../setup/older-client.js';
import { useOtherMachine } from '../setup/other-machine.js';
import { needs } from '../setup/programs.js';
import type { GuardedHost } from './guarded-host.js';
import { startHost } from './guarded-host.js';

describe.skipIf(needs('ip', 'python3', 'ffmpeg'))('on another machine', () => {
  const { here, there, within } = useOtherMachine();

  function share({ cwd, guestEnv, ports }: GuardedHost, ...more: string[]): MeetProgram {
    const words = ['share', '--screen', 'test', '--name', 'kiosk 7', '--json', '--ports', ports];
    const kiosk = startMeet([...words, '--host', here, ...more], { cwd, env: guestEnv, within });
    onTestFinished(() => kiosk[Symbol.asyncDispose]());
    return kiosk;
  }

  it('a kiosk waits until the host lets it in, comes back by its key, and goes when it is forgotten', async () => {
    const host = await startHost();
    const kiosk = share(host);
    const { fingerprint } = await kiosk.event('waiting');
    await host.serve.event('waiting', ({ state }) => state === 'begun');
    const waiting = await host.command('ctl', 'waiting');
    expect(waiting).toContain(`kiosk 7 from ${there}`);
    expect(waiting).toContain(String(fingerprint));
    expect(await host.command('status')).toContain(String(fingerprint));
    await host.command('ctl', 'admit', 'kiosk 7');
    await kiosk.event('admitted');
    await kiosk.event('ready');
    expect(await host.serve.event('joined')).toMatchObject({ plaintext: false, address: there });
    await kiosk.end();

    const again = share(host);
    await again.event('ready');
    expect(again.events.filter(({ event }) => event === 'waiting')).toEqual([]);
    expect(await host.command('ctl', 'admitted')).toContain('kiosk 7: present');
    await host.command('ctl', 'forget', 'kiosk 7');
    expect(await again.ended).toMatchObject({ exitCode: 77 });
  });

  it('a kiosk that waits only so long ends with 77', async () => {
    const kiosk = share(await startHost(), '--wait', '1');
    expect(await kiosk.ended).toMatchObject({ exitCode: 77 });
  });

  it('everyone is let in with --open', async () => {
    await share(await startHost(['--open'])).event('ready');
  });

  it('a daemon whose key has changed is refused, with both fingerprints and what to do', async () => {
    const first = await startHost(['--open']);
    const kiosk = share(first);
    await kiosk.event('ready');
    await kiosk.end();
    await first.serve.end();
    await rm(join(first.cwd, 'host'), { recursive: true });
    const env = quietEnv({ XDG_STATE_HOME: join(first.cwd, 'host'), XDG_RUNTIME_DIR: first.cwd });
    const args = ['serve', '--ports', first.ports, '--json', '--no-record', '--open'];
    await using second = startMeet(args, { cwd: first.cwd, env });
    const { fingerprint } = await second.event('ready');
    const { exitCode, stderr } = await share(first).ended;
    expect(exitCode).toBe(76);
    for (const words of [
      'MEET_PIN_CHANGED',
      first.fingerprint,
      String(fingerprint),
      'known_hosts',
    ]) {
      expect(stderr).toContain(words);
    }
    const { stderr: pinned } = await share(first, '--pin', first.fingerprint).ended;
    expect(pinned).toContain('MEET_PIN_CHANGED');
    await share(first, '--pin', String(fingerprint)).event('ready');
  });

  it('a guest comes in by an invite: from a file, standard input, the arguments, the environment, a service', async () => {
    const host = await startHost();
    const made = await host.command(
      'invite',
      '--host',
      here,
      '--role',
      'present',
      '--expires',
      '2d',
    );
    const url = made.trim();
    expect(url).toMatch(/^meet:\/\/\S+#invite=\S+&pin=[\w-]{43}$/);
    const file = join(host.cwd, 'meet-invite');
    await writeFile(file, `${url}\n`, { mode: 0o600 });
    const words = ['share', '--screen', 'test', '--json', '--name'];
    const at = (name: string, more: string[], env = {}, input?: string): MeetProgram => {
      const options = { cwd: host.cwd, env: { ...host.guestEnv, ...env }, within };
      const given = input === undefined ? options : { ...options, input };
      const guest = startMeet([...words, name, ...more], given);
      onTestFinished(() => guest[Symbol.asyncDispose]());
      return guest;
    };
    await at('file', ['--invite', file]).event('ready');
    await at('stdin', ['--invite', '-'], {}, `${url}\n`).event('ready');
    await at('environment', [], { MEET_INVITE: url }).event('ready');
    await at('service', [], { CREDENTIALS_DIRECTORY: host.cwd }).event('ready');
    const argv = at('argv', ['--invite', url]);
    await argv.event('ready');
    expect(await argv.line('stderr', /arguments/)).toContain('every user');

    const listed = z
      .object({ invites: z.array(z.object({ id: z.string(), state: z.string() })) })
      .parse(JSON.parse(await host.command('invite', 'ls', '--json')));
    const id = listed.invites[0]?.id ?? '';
    expect(listed.invites).toMatchObject([{ state: 'good' }]);
    expect(JSON.stringify(listed)).not.toContain(url.split('.').at(-1)?.slice(0, 20));
    await host.command('invite', 'revoke', id);
    expect(await argv.ended).toMatchObject({ exitCode: 77 });
    expect(await at('late', ['--invite', file]).ended).toMatchObject({ exitCode: 77 });
  });

  it('an older client waits by its address, is marked as plaintext, and is let in by it', async () => {
    const host = await startHost();
    const options = ['--host', here, '--frames', '100', '--fps', '5', '--chunks', '100'];
    const client = startOlderClient(host.numbers, options, within);
    onTestFinished(() => client.close());
    await host.serve.event('waiting', ({ origin }) => origin === 'older');
    expect(await host.command('ctl', 'waiting')).toContain('plaintext');
    await host.command('ctl', 'admit', there);
    expect(await host.serve.event('joined')).toMatchObject({ origin: 'older', plaintext: true });
    await host.serve.event('stream', ({ kind, state }) => kind === 'video' && state === 'on');
    expect(await host.command('status')).toContain('older client, plaintext');
    expect(await host.command('ctl', 'admitted')).toBe(
      `${there}: present, older client, plaintext, until the daemon ends\n`,
    );
    await host.command('ctl', 'forget', there);
    expect(await host.command('ctl', 'admitted')).toBe('nobody is admitted\n');
  });

  it('an older client is let in at once from a range that is named', async () => {
    const host = await startHost(['--plain-from', '198.19.0.0/16']);
    const client = startOlderClient(host.numbers, ['--host', here, '--frames', '50'], within);
    onTestFinished(() => client.close());
    expect(await host.serve.event('joined')).toMatchObject({ origin: 'older', address: there });
  });

  it('an older client is refused with --plain off', async () => {
    const host = await startHost(['--plain', 'off']);
    const client = startOlderClient(host.numbers, ['--host', here, '--frames', '50'], within);
    onTestFinished(() => client.close());
    const refused = await host.serve.event('error', ({ code }) => code === 'MEET_PLAIN_REFUSED');
    expect(refused.address).toBe(there);
  });

  it('a share with the name and the key of one that is there takes its place', async () => {
    const host = await startHost(['--open']);
    const first = share(host);
    await first.event('ready');
    const { participant } = await host.serve.event('joined');
    const second = share(host);
    const ready = await second.event('ready');
    expect(ready).toMatchObject({ name: 'kiosk 7', participant });
    expect((await first.ended).stderr).toContain('MEET_TAKEN_OVER');
    const other = {
      ...host,
      guestEnv: { ...host.guestEnv, XDG_STATE_HOME: join(host.cwd, 'other') },
    };
    const third = await share(other).ended;
    expect(third.exitCode).toBe(77);
    expect(third.stderr).toContain('MEET_NAME_TAKEN');
  });

  it('TLS is spoken on loopback, too, where the daemon takes nothing else', async () => {
    const host = await startHost(['--tls', 'required', '--open']);
    const args = ['share', '--screen', 'test', '--json', '--ports', host.ports];
    await using local = startMeet(args, { cwd: host.cwd, env: host.guestEnv });
    await local.event('ready');
    const { exitCode, stderr } = await share(host, '--tls', 'off').ended;
    expect(exitCode).toBe(76);
    expect(stderr).toContain('MEET_TLS_REQUIRED');
  });
});
