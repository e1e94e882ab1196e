import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ControlClient } from '../../src/cli/control-client.js';
import { systemClock } from '../../src/transport/clock.js';
import { controlPath } from '../../src/transport/control-folder.js';
import { asMeetError } from '../../src/transport/errors.js';
import type { ErrorCode } from '../../src/transport/errors.js';
import { PLATFORM, openDaemonSocket, runtimeFolder } from '../daemon/control-scene.js';
import { seedWanted } from '../fuzz/fuzz-run.js';
import { Random } from '../fuzz/random.js';
import { FaultProxy } from '../setup/fault-proxy.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { Sharing } from '../transport/sharing.js';
import { FAULT_NAMES, storm } from './random-faults.js';
import { leftOver, resources } from './resources.js';

const WHOLE_WITHIN_MS = 5000;
const STORM_MS = 1000 * Number(process.env.MEET_STORM_SECONDS ?? 2);
const seed = seedWanted();

interface Asked {
  /** Names of those who are here. */
  readonly names?: readonly string[];
  readonly code?: ErrorCode;
}

/** What a command on that socket learns of the meeting, or why it learns nothing. */
async function ask(env: { XDG_RUNTIME_DIR: string }, name: string): Promise<Asked> {
  let client: ControlClient | undefined;
  try {
    client = await ControlClient.open({ env, platform: PLATFORM, clock: systemClock }, name);
    const { participants } = await client.ask({ type: 'query', what: 'status' });
    const rows: unknown[] = Array.isArray(participants) ? participants : [];
    return { names: rows.map((row) => nameOf(row)) };
  } catch (thrown) {
    return { code: asMeetError(thrown).code };
  } finally {
    await client?.close();
  }
}

function nameOf(row: unknown): string {
  return typeof row === 'object' && row !== null && 'name' in row ? String(row.name) : '';
}

describe(`a control socket that misbehaves as a network does, by each fault alone and by all mixed (MEET_FUZZ_SEED=${seed})`, () => {
  it('answers wholly or not at all, is whole again within 5 s, and leaves nothing open', async () => {
    const daemon = await RunningDaemon.start();
    const sharing = new Sharing({ port: daemon.ports.screen });
    await sharing.stream.start();
    const [here, there] = [await runtimeFolder(), await runtimeFolder()];
    const name = await openDaemonSocket(here, daemon);
    const path = controlPath(name, there, PLATFORM);
    await mkdir(dirname(path), { mode: 0o700 });
    const target = controlPath(name, here, PLATFORM);
    const proxy = await FaultProxy.listen(target, seed, { path });
    const whole = { names: ['kiosk'] };
    expect(await ask(there, name)).toEqual(whole);
    const before = resources();
    const random = new Random(seed);
    for (const kinds of [...FAULT_NAMES.map((kind) => [kind]), FAULT_NAMES]) {
      const ms = kinds.length === 1 ? STORM_MS / 4 : STORM_MS;
      const weather = { isOver: false };
      const stormy = storm([proxy], { random, ms, kinds }).finally(() => {
        weather.isOver = true;
      });
      const answers: Asked[] = [];
      while (!weather.isOver) answers.push(await ask(there, name));
      await stormy;
      const others = answers.filter(({ names }) => names?.join() !== 'kiosk');
      expect(others.filter(({ code }) => code !== 'MEET_PEER_GONE')).toEqual([]);
      const calmMs = performance.now();
      expect(await ask(there, name)).toEqual(whole);
      expect(performance.now() - calmMs).toBeLessThan(WHOLE_WITHIN_MS);
    }
    await expect.poll(() => leftOver(before), { timeout: 10_000, interval: 50 }).toEqual({});
  }, 120_000);
});
