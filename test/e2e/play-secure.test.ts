import { describe, expect, it, onTestFinished } from 'vitest';
import { join } from 'node:path';
import type { MeetProgram } from '../setup/meet-program.js';
import { startMeet } from '../setup/meet-program.js';
import { startHost } from './guarded-host.js';

describe('meet play NAME over TLS', { timeout: 120_000 }, () => {
  it('is played by two who come in by an invite', async () => {
    const host = await startHost(['--tls', 'required']);
    const invite = (await host.command('invite', '--host', '127.0.0.1')).trim();
    const player = (name: string, other: string): MeetProgram => {
      const env = { ...host.guestEnv, XDG_STATE_HOME: join(host.cwd, name), MEET_INVITE: invite };
      const words = ['play', other, '--name', name, '--wait', '20'];
      const program = startMeet(words, { cwd: host.cwd, env, hasInput: true });
      onTestFinished(() => program[Symbol.asyncDispose]());
      return program;
    };
    const [ada, bob] = [player('ada', 'bob'), player('bob', 'ada')];
    // Who is X depends on who came first: each line is right for either.
    ada.write('0,0\n0,1\n0,2\n2,2\n');
    bob.write('1,0\n1,1\n1,2\n2,1\n');
    const [first, second] = await Promise.all([ada.ended, bob.ended]);
    expect([first.exitCode, second.exitCode], first.stderr + second.stderr).toEqual([0, 0]);
    expect(first.stdout).toMatch(/X won \((you|bob)\)\n$/);
    const joined = host.serve.events.filter(({ event }) => event === 'joined');
    expect(joined).toMatchObject([{ plaintext: false }, { plaintext: false }]);
  });

  it('says who is not let in, and ends with 77', async () => {
    const host = await startHost(['--tls', 'required']);
    const words = ['play', 'bob', '--name', 'ada', '--wait', '5'];
    const wrong = (await host.command('invite', '--host', '127.0.0.1')).trim();
    const id = /invite=([^.]+)\./.exec(wrong)?.[1] ?? '';
    await host.command('invite', 'revoke', id);
    const env = { ...host.guestEnv, MEET_INVITE: wrong };
    const { exitCode, stderr } = await startMeet(words, { cwd: host.cwd, env }).ended;
    expect(stderr).toContain('revoked');
    expect(exitCode).toBe(77);
  });
});
