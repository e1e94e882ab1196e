import { chmod, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import selfsigned from 'selfsigned';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { MeetProgram } from '../setup/meet-program.js';
import { startMeet } from '../setup/meet-program.js';
import { decodeQrLines } from '../setup/qr-lines.js';
import type { GuardedHost } from './guarded-host.js';
import { startHost } from './guarded-host.js';

const KIND = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
/** GeneralName of RFC 5280, 4.2.1.6. */
const IP_ADDRESS = 7;

/** A CA's certificate and the files of a daemon at 127.0.0.1 that has one of it. */
async function ownCa(folder: string, name: string): Promise<{ ca: string; files: string[] }> {
  const root = await selfsigned.generate([{ name: 'commonName', value: name }], {
    ...KIND,
    extensions: [{ name: 'basicConstraints', cA: true }],
  });
  const leaf = await selfsigned.generate([{ name: 'commonName', value: 'daemon' }], {
    ...KIND,
    ca: { key: root.private, cert: root.cert },
    extensions: [{ name: 'subjectAltName', altNames: [{ type: IP_ADDRESS, ip: '127.0.0.1' }] }],
  });
  const [ca, key, cert] = ['ca', 'key', 'cert'].map((each) => join(folder, `${name}-${each}.pem`));
  await writeFile(ca ?? '', root.cert);
  await writeFile(key ?? '', leaf.private, { mode: 0o600 });
  await writeFile(cert ?? '', leaf.cert);
  return { ca: ca ?? '', files: ['--key', key ?? '', '--cert', cert ?? ''] };
}

function guest(host: GuardedHost, command: string, ...more: string[]): MeetProgram {
  const words = [command, '--screen', 'test', '--ports', host.ports, ...more];
  const program = startMeet(words, { cwd: host.cwd, env: host.guestEnv });
  onTestFinished(() => program[Symbol.asyncDispose]());
  return program;
}

/** Loopback, where TLS is spoken only because the daemon takes nothing else. */
const SECURE = ['--tls', 'required'] as const;

describe('a daemon with a certificate of an own CA', () => {
  it('is believed by who has that CA, and by nobody who has another', async () => {
    const { cwd } = await startHost();
    const [ours, other] = [await ownCa(cwd, 'ours'), await ownCa(cwd, 'other')];
    const host = await startHost([...SECURE, ...ours.files]);
    await guest(host, 'share', ...SECURE, '--json', '--ca', ours.ca).event('ready');
    const refused = await guest(host, 'share', ...SECURE, '--json', '--ca', other.ca).ended;
    expect(refused.exitCode).toBe(76);
    expect(refused.stderr).toContain('not of that CA');
  });

  it('names the names that its certificate has where it is asked for by another', async () => {
    const { cwd } = await startHost();
    const ours = await ownCa(cwd, 'named');
    const host = await startHost([...SECURE, ...ours.files]);
    const words = [...SECURE, '--json', '--ca', ours.ca, '--host', '127.0.0.2'];
    const refused = await guest(host, 'share', ...words).ended;
    expect(refused.exitCode).toBe(76);
    expect(refused.stderr).toContain('IP Address:127.0.0.1; --host 127.0.0.2 is none of these');
    const noCa = await guest(host, 'share', ...SECURE, '--ca', ours.files[1] ?? '').ended;
    expect(noCa.exitCode).toBe(78);
    expect(noCa.stderr).toContain('holds no certificate in PEM but a private key');
  });

  it('warns of a key that others may read, in words that mend it, and takes it from a link', async () => {
    const { cwd } = await startHost();
    const { files } = await ownCa(cwd, 'loose');
    const [, key = '', ...cert] = files;
    const link = join(cwd, 'link.pem');
    await symlink(key, link);
    await chmod(key, 0o644);
    const serving = (): MeetProgram => {
      const args = ['serve', '--ports', '0,0,0', '--no-record', '--json', '--key', link, ...cert];
      const program = startMeet(args, { cwd });
      onTestFinished(() => program[Symbol.asyncDispose]());
      return program;
    };
    const loose = serving();
    expect(await loose.line('stderr', /--key/)).toContain(`chmod 600 ${link}`);
    await loose.event('ready');
    await chmod(key, 0o600);
    const mended = serving();
    await mended.event('ready');
    expect((await mended.end()).stderr).not.toContain('chmod');
  });

  it('does not start with half of one, or with a key that is another\u2019s', async () => {
    const { cwd } = await startHost();
    const [one, two] = [await ownCa(cwd, 'one'), await ownCa(cwd, 'two')];
    const started = (...files: string[]): Promise<{ stderr: string; exitCode: number | null }> =>
      startMeet(['serve', '--ports', '0,0,0', '--no-record', ...files], { cwd }).ended;
    expect((await started(...one.files.slice(0, 2))).exitCode).toBe(2);
    const mixed = await started(...one.files.slice(0, 2), ...two.files.slice(2));
    expect(mixed.stderr).toContain('MEET_IDENTITY');
    expect(mixed.exitCode).toBe(78);
  });
});

describe('a daemon without TLS', () => {
  it('says so to a client that wants it, and says that it uses no certificate', async () => {
    const { cwd } = await startHost();
    const { files } = await ownCa(cwd, 'unused');
    const host = await startHost(['--tls', 'off', ...files]);
    const refused = await guest(host, 'share', '--tls', 'required', '--no-reconnect').ended;
    expect(refused.exitCode).toBe(76);
    expect(refused.stderr).toContain('is it a daemon with --tls off?');
    expect((await host.serve.end()).stderr).toContain('--key and --cert are not used');
  });
});

describe('an identity in a file of its own', () => {
  it('is made there for this user alone, used again, and not used when others may read it', async () => {
    const host = await startHost([...SECURE]);
    const file = join(host.cwd, 'kiosk.pem');
    const fingerprints = [];
    for (let round = 0; round < 2; round += 1) {
      await using kiosk = startMeet(
        ['share', '--screen', 'test', '--name', 'kiosk', '--identity', file, '--ports', host.ports],
        { cwd: host.cwd, env: host.guestEnv },
      );
      await kiosk.line('stdout', /sharing as kiosk/);
      fingerprints.push(await host.command('status', '--json'));
    }
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await chmod(file, 0o640);
    const { exitCode, stderr } = await guest(host, 'share', '--identity', file).ended;
    expect(stderr).toContain(`chmod 600 ${file}`);
    expect(exitCode).toBe(78);
  });
});

describe('an invite', () => {
  it('is one URL, and on request a code that a camera reads', async () => {
    const host = await startHost([...SECURE]);
    const shown = await host.command('invite', '--host', '127.0.0.1', '--qr');
    const url = shown.trimEnd().split('\n').at(-1) ?? '';
    expect(url).toMatch(/^meet:/);
    expect(decodeQrLines(shown)).toBe(url);
  });

  it('that others may read is warned of', async () => {
    const host = await startHost([...SECURE]);
    const file = join(host.cwd, 'invite');
    const url = await host.command('invite', '--host', '127.0.0.1');
    await writeFile(file, url, { mode: 0o644 });
    await chmod(file, 0o644);
    const loose = guest(host, 'share', '--json', '--invite', file);
    expect(await loose.line('stderr', /may read/)).toContain(`chmod 600 ${file}`);
    await loose.event('ready');
  });

  it('is all that meet join needs', async () => {
    const host = await startHost([...SECURE]);
    const url = await host.command('invite', '--host', '127.0.0.1', '--room', 'lab');
    const joining = startMeet(['join', url.trim(), '--screen', 'test', '--name', 'ada'], {
      ...{ cwd: host.cwd, env: host.guestEnv },
    });
    onTestFinished(() => joining[Symbol.asyncDispose]());
    await host.serve.event('joined', ({ name, room }) => name === 'ada' && room === 'lab');
    await host.serve.event('stream', ({ kind, state }) => kind === 'screen' && state === 'on');
  });
});
