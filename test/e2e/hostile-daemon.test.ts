import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlRecord } from '../../src/transport/control.js';
import type { MeetEnd } from '../setup/meet-program.js';
import { runMeet } from '../setup/meet-program.js';
import { startNativeServer, welcomeRecord } from '../setup/native-server.js';
import type { Scratch } from './recorded.js';
import { scratch } from './recorded.js';

const RAW = /[^\P{C}\n]/u;
/** Sets a terminal's title, its colour, and turns the rest of the line around. */
const HARM = 'kind\u001b]0;title\u0007\u001b[31m\u009b\u202e words\r\n';

describe('a daemon that means harm', () => {
  let folder: Scratch;

  beforeAll(async () => {
    folder = await scratch();
  });

  afterAll(() => folder[Symbol.asyncDispose]());

  async function shareWith(answer: ControlRecord): Promise<MeetEnd> {
    await using server = await startNativeServer('audio', {
      onControl: (record, channel) => {
        if (record.type === 'hello') channel.sendControl(answer);
      },
    });
    const args = ['share', '--audio', 'test', '--ports', `1,2,${server.port}`];
    return await runMeet([...args, '--duration', '0.2'], { cwd: folder.path });
  }

  it('gives a name and a room, of which nothing raw is printed', async () => {
    const end = await shareWith({ ...welcomeRecord(), name: HARM, room: HARM });
    expect(end.exitCode).toBe(0);
    expect(end.stdout).toContain('kind');
    expect(end.stdout).not.toMatch(RAW);
    expect(end.stderr).toBe('');
  });

  it('refuses with words, of which nothing raw is printed', async () => {
    const end = await shareWith({ type: 'refused', code: 'MEET_NOT_ADMITTED', message: HARM });
    expect(end.exitCode).toBe(77);
    expect(end.stderr).toContain('kind');
    expect(end.stderr).not.toMatch(RAW);
    expect(end.stderr.trim().split('\n')).toHaveLength(1);
  });
});
