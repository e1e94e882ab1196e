/**
 * A daemon on all addresses with a state folder of its own, its host's commands, and a home for guests.
 * Owns none of the guests; daemon and folders end with the test.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { MeetProgram } from '../setup/meet-program.js';
import { portsText, quietEnv, runMeet, startMeet } from '../setup/meet-program.js';
import { scratch } from './recorded.js';

export interface GuardedHost {
  readonly serve: MeetProgram;
  readonly ports: string;
  readonly numbers: readonly [number, number, number];
  readonly fingerprint: string;
  readonly cwd: string;
  /** A command of the host's; its standard output. */
  readonly command: (...words: string[]) => Promise<string>;
  /** The environment of who is elsewhere: a home of its own. */
  readonly guestEnv: Record<string, string | undefined>;
}

/** A daemon on all addresses, with a state of its own. */
export async function startHost(
  args: readonly string[] = [],
  usual = '0,0,0',
): Promise<GuardedHost> {
  const { path: cwd } = await scratch();
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const env = quietEnv({ XDG_STATE_HOME: join(cwd, 'host'), XDG_RUNTIME_DIR: cwd });
  const words = ['serve', '--ports', usual, '--json', '--no-record', ...args];
  const serve = startMeet(words, { cwd, env });
  onTestFinished(() => serve[Symbol.asyncDispose]());
  const ready = await serve.event('ready');
  const ports = portsText(ready.ports);
  const { screen, video, audio } = ready.ports;
  return {
    ...{ serve, ports, cwd, fingerprint: ready.fingerprint ?? '' },
    numbers: [screen, video, audio],
    command: async (...command) => {
      const { stdout, stderr, exitCode } = await runMeet([...command, '--ports', ports], {
        cwd,
        env,
      });
      expect(exitCode, stderr).toBe(0);
      return stdout;
    },
    guestEnv: quietEnv({ XDG_STATE_HOME: join(cwd, 'guest'), XDG_RUNTIME_DIR: join(cwd, 'guest') }),
  };
}
