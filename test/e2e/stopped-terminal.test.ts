import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { portsText } from '../setup/meet-program.js';
import { openMeetTerminal } from './meet-terminal.js';
import { Meeting } from './meeting.js';

const PATIENT = { timeout: 20_000, interval: 20 };
const PROBE = fileURLToPath(new URL('../setup/loop-probe.mjs', import.meta.url));
const HELD_UP = fileURLToPath(new URL('../setup/held-up.mjs', import.meta.url));
const LINE = z.object({ mostMs: z.number(), turns: z.number() });

/**
 * The goal, beyond what the machine's other load held up a program that has no terminal; and how often
 * it is tried, since the two are not held up in the same moments.
 */
const GAP_MS = 20;
const TRIES = 5;
/** Where a program without a terminal is held up for longer, a try says little, and another follows. */
const TELLING_MS = 50;

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

/** What a probe says: the largest gap of a program since it was last asked. */
function loopProbe(path: string, pid: number): () => Promise<z.infer<typeof LINE>> {
  let asked = 0;
  const lines = async (): Promise<string[]> =>
    (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(0, -1);
  return async () => {
    process.kill(pid, 'SIGUSR2');
    asked += 1;
    await expect.poll(async () => (await lines()).length, PATIENT).toBe(asked);
    return LINE.parse(JSON.parse((await lines()).at(-1) ?? ''));
  };
}

/** A program that measures how long the machine holds up who works about as much as a dashboard. */
function heldUp(path: string): () => Promise<z.infer<typeof LINE>> {
  const program = spawn(process.execPath, [HELD_UP], {
    env: { LOOP_PROBE: path },
    stdio: 'ignore',
  });
  onTestFinished(() => void program.kill('SIGKILL'));
  return loopProbe(path, z.number().parse(program.pid));
}

describe('a terminal that reads nothing for two seconds', () => {
  it('never holds up the event loop of the dashboard for more than 20 ms', async () => {
    const { ports } = await meeting.serve();
    await meeting.share(ports, 'ada', ['screen', 'video']);
    await meeting.share(ports, 'bob', ['screen', 'video']);
    const path = join(meeting.cwd, 'loop.jsonl');
    await using terminal = await openMeetTerminal(
      ['watch', '--ports', portsText(ports), '--no-play', '--picture', 'half'],
      {
        ...{ columns: 200, rows: 60, cwd: meeting.cwd },
        env: { ...meeting.env, LOOP_PROBE: path },
        node: ['--import', PROBE],
      },
    );
    const reference = heldUp(join(meeting.cwd, 'held-up.jsonl'));
    const live = (): number => (terminal.text().match(/● live/gu) ?? []).length;
    await terminal.until(() => live() === 4, 'four pictures');
    // What is used for the first time is compiled meanwhile, which is no affair of the terminal's.
    await delay(2000);
    const probes = [loopProbe(path, terminal.pid), reference] as const;
    const ask = () => Promise.all([probes[0](), probes[1]()]);
    const tries: { gapMs: number; heldUpMs: number }[] = [];
    const least = (): number => Math.min(...tries.map(({ gapMs, heldUpMs }) => gapMs - heldUpMs));
    const told = (): boolean => tries.some(({ heldUpMs }) => heldUpMs <= TELLING_MS);
    while (tries.length < TRIES && (least() > GAP_MS || !told())) {
      terminal.stop();
      await ask();
      await delay(2000);
      const [dashboard, other] = await ask();
      expect(dashboard.turns).toBeGreaterThan(100);
      expect(other.turns).toBeGreaterThan(10);
      tries.push({ gapMs: dashboard.mostMs, heldUpMs: other.mostMs });
      terminal.goOn();
      await terminal.until(() => live() === 4, 'four pictures again');
    }
    const words = tries.map((one) => `${one.gapMs.toFixed(1)} (${one.heldUpMs.toFixed(1)})`);
    process.stdout.write(
      `largest gap while the terminal read nothing, in ms (what held up another program): ` +
        `${words.join(', ')}\n`,
    );
    expect(least()).toBeLessThanOrEqual(GAP_MS);
  });
});
