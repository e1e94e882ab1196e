/**
 * One dashboard in a terminal for each test of a file, with a meeting of four. Owns what is compiled
 * once for the file, and the end of each session.
 */
import { afterAll, afterEach, beforeAll } from 'vitest';

import type { RosterEntry } from '../../../src/transport/roster-records.js';
import { guest } from '../../setup/scripted-meeting.js';
import type { CompiledProgram } from './compiled-dashboard.js';
import { compileDashboard } from './compiled-dashboard.js';
import type { SessionOptions } from './terminal-session.js';
import { TerminalSession } from './terminal-session.js';

export const ESCAPE = '\u001b';
export const CTRL_C = '\u0003';

export const ME = guest(1, 'me', []);
/** Four tiles: ada's screen and camera, bob's screen, eve's screen. */
export const FOUR: readonly RosterEntry[] = [
  ME,
  guest(2, 'ada', ['screen', 'video', 'audio']),
  guest(3, 'bob', ['screen']),
  guest(4, 'eve', ['screen']),
];

export type OpenSession = (
  roster: readonly RosterEntry[],
  options?: Omit<SessionOptions, 'program'>,
  rights?: { host: boolean; share: boolean },
) => Promise<TerminalSession>;

/** To be called once in a test file: gives what opens a session, which ends with its test. */
export function terminalSessions(): OpenSession {
  let compiled: CompiledProgram | undefined;
  const opened: TerminalSession[] = [];
  beforeAll(async () => {
    compiled = await compileDashboard();
  });
  afterEach(async () => {
    for (const session of opened.splice(0)) await session[Symbol.asyncDispose]();
  });
  afterAll(async () => {
    await compiled?.[Symbol.asyncDispose]();
  });
  return async (roster, options = {}, rights = { host: false, share: false }) => {
    const session = await TerminalSession.open({ program: compiled?.program ?? '', ...options });
    opened.push(session);
    await session.run({ do: 'set', meeting: { rights } }, { do: 'roster', roster });
    return session;
  };
}
