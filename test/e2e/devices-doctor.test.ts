import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ERROR_CODES } from '../../src/transport/errors.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import type { MeetEnd } from '../setup/meet-program.js';
import { quietEnv, runMeet } from '../setup/meet-program.js';
import type { Scratch } from './recorded.js';
import { scratch } from './recorded.js';

let folder: Scratch;
let cwd: string;
beforeAll(async () => {
  folder = await scratch();
  cwd = folder.path;
});
afterAll(() => folder[Symbol.asyncDispose]());

function meet(...args: string[]): Promise<MeetEnd> {
  return runMeet(args, { cwd });
}

const backendRow = z.strictObject({
  kind: z.enum(STREAM_KINDS),
  backend: z.string(),
  usable: z.boolean(),
  devices: z.array(z.strictObject({ name: z.string(), label: z.string() })),
  code: z.enum(Object.keys(ERROR_CODES)).optional(),
  message: z.string().optional(),
});
const checkRow = z.strictObject({
  check: z.string(),
  state: z.enum(['ok', 'missing', 'taken', 'broken']),
  message: z.string(),
  mend: z.string().optional(),
});

describe('a look at this machine', () => {
  it('by meet devices --json gives a row for each backend, test and file among them', async () => {
    const { exitCode, stdout } = await meet('devices', '--json');
    expect(exitCode).toBe(0);
    const { backends } = z
      .strictObject({ backends: z.array(backendRow) })
      .parse(JSON.parse(stdout));
    for (const kind of STREAM_KINDS) {
      const own = backends.filter((row) => row.kind === kind);
      expect(own.map(({ backend }) => backend)).toEqual(expect.arrayContaining(['test', 'file']));
      expect(own.find(({ backend }) => backend === 'test')?.usable).toBe(true);
    }
    for (const { usable, code, message } of backends.filter((row) => !row.usable)) {
      expect({ usable, code, message }).toMatchObject({
        code: expect.any(String) as string,
        message: expect.stringMatching(/\w/) as string,
      });
    }
  });

  it('by meet devices names each backend and how to share it', async () => {
    const { stdout } = await meet('devices');
    for (const kind of STREAM_KINDS) expect(stdout).toContain(`meet share --${kind} [SOURCE]`);
    expect(stdout).toContain('moving test picture');
  });

  it('by meet doctor --json gives each check, and what mends the ones that fail', async () => {
    const { exitCode, stdout } = await meet('doctor', '--json');
    expect(exitCode).toBe(0);
    const { checks } = z.strictObject({ checks: z.array(checkRow) }).parse(JSON.parse(stdout));
    const names = checks.map(({ check }) => check);
    expect(names).toEqual(
      expect.arrayContaining([
        'Node.js',
        'JPEG encoder',
        'program ffmpeg',
        'display',
        'sound server',
        'disk',
      ]),
    );
    for (const { check, state, mend } of checks) {
      expect(mend === undefined, check).toBe(state === 'ok');
    }
    expect(checks.find(({ check }) => check === 'display')?.mend).toContain('Xvfb');
  });

  it('by meet doctor names the command that installs what is missing', async () => {
    const env = quietEnv({ PATH: join(cwd, 'nothing') });
    const { exitCode, stdout } = await runMeet(['doctor'], { cwd, env });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^missing program ffmpeg: .*\n +mend it: .*(apt-get|brew|winget)/m);
  });
});
