/** What becomes of the folder of recordings below a real daemon, while somebody is watched and recorded. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jpeg } from '../daemon/recording/frames.js';
import { segmentsIn } from '../daemon/recording/matroska-probe.js';
import { temporaryFolder } from '../daemon/recording/temporary-folder.js';
import { cannotMount } from '../daemon/recording/tiny-disk.js';
import { countIfWhole } from '../daemon/recording/whole-segment.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { quietEnv, startMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { WatchedShare } from './watched-share.js';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;
const skip = (await cannotMount()) || needs('ffmpeg');

async function mountAt(path: string): Promise<void> {
  await run('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=0700', 'meet-test', path]);
  onTestFinished(async () => {
    await run('umount', ['--lazy', path]).catch(() => undefined);
  });
}

interface Trouble {
  readonly what: string;
  /** Whether the root is a disk of its own. */
  readonly isDisk: boolean;
  readonly begin: (root: string) => Promise<unknown>;
  /** Nothing where recording goes on without anybody's help. */
  readonly end?: (root: string) => Promise<unknown>;
  readonly words: RegExp;
}

const TROUBLES: readonly Trouble[] = [
  {
    what: 'it becomes read-only',
    isDisk: false,
    // A mount that is written to cannot be made read-only by hand: so the same folder is mounted over it.
    begin: async (root) => {
      await run('mount', ['--bind', root, root]);
      await run('mount', ['-o', 'bind,remount,ro', root]);
    },
    end: (root) => run('umount', ['--lazy', root]),
    words: /read-only/,
  },
  {
    what: 'its disk is unmounted',
    isDisk: true,
    begin: (root) => run('umount', ['--lazy', root]),
    end: mountAt,
    words: /\.meet-recordings is gone/,
  },
  {
    what: 'another disk is mounted over it',
    isDisk: false,
    begin: mountAt,
    words: /\.meet-recordings is gone/,
  },
  {
    what: 'it is removed',
    isDisk: false,
    begin: (root) => rm(root, { recursive: true }),
    words: /is gone/,
  },
  {
    what: 'it is replaced by another',
    isDisk: false,
    begin: async (root) => {
      await rename(root, `${root}.old`);
      await mkdir(root);
    },
    words: /is gone/,
  },
  {
    what: 'a file stands in its place',
    isDisk: false,
    begin: async (root) => {
      await rename(root, `${root}.old`);
      await writeFile(root, 'of somebody else');
    },
    end: (root) => rm(root),
    words: /is gone/,
  },
];

function told(daemon: MeetProgram, state: string): number {
  return daemon.events.filter((each) => each.event === 'recording' && each.state === state).length;
}

describe.skipIf(skip)('A daemon that records goes on relaying (needs root, to mount)', () => {
  it.each(TROUBLES)(
    'when $what, tells it, and goes on recording by itself',
    async ({ isDisk, begin, end, words }) => {
      const cwd = await temporaryFolder();
      const root = join(cwd, 'kept');
      await mkdir(root);
      if (isDisk) await mountAt(root);
      const args = ['--json', '--ports', '0,0,0', '--record', root, '--segment', '2s'];
      const env = quietEnv({ XDG_STATE_HOME: join(cwd, 'state') });
      const limit = ['--limit', 'disk-free-bytes=0'];
      await using daemon = startMeet([...args, ...limit], { program: 'meetd', cwd, env });
      const { ports } = await daemon.event('ready');
      const share = await WatchedShare.join(ports.screen, await jpeg());
      await share.sendUntil(() => told(daemon, 'started') > 0);
      await begin(root);
      await share.sendUntil(() => told(daemon, 'stopped') > 0);
      const stopped = await daemon.event('recording', ({ state }) => state === 'stopped');
      expect(stopped).toMatchObject({ code: 'MEET_DISK_WRITE' });
      expect(stopped.message).toMatch(words);
      if (end !== undefined) {
        const before = share.sent;
        await share.sendUntil(() => share.sent > before + 100);
        expect(told(daemon, 'resumed')).toBe(0);
        // Nothing is written to the folder underneath.
        if (isDisk) expect(await readdir(root)).toEqual([]);
        await end(root);
      }
      await share.sendUntil(() => told(daemon, 'resumed') > 0);
      const after = share.sent;
      await share.sendUntil(() => share.sent > after + 50);
      const { exitCode } = await daemon.end();
      expect(exitCode).toBe(143);
      expect(share.viewer.media.entries).toHaveLength(share.sent);
      const paths = await segmentsIn(root);
      expect(paths.some((path) => /-\d+\.mkv$/.test(path))).toBe(true);
      for (const path of paths) await countIfWhole(path);
    },
    TIMEOUT_MS,
  );
});
