import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PORTS, STREAM_KINDS } from '../../src/transport/stream-kind.js';
import { bareEnv, runMeet, startMeet } from '../setup/meet-program.js';
import { eventually, framesOf, readOnlyStay, scratch, soundOf } from './recorded.js';

/** Takes a port. Another demo that has it ends soon; a daemon of the machine's own does not. */
async function squat(port: number): Promise<Server> {
  const server = createServer();
  const taken = async (): Promise<true | undefined> => {
    server.listen(port, '127.0.0.1');
    return once(server, 'listening').then(
      () => true,
      () => undefined,
    );
  };
  await eventually(`port ${port}`, taken, 5000).catch(() => undefined);
  return server;
}

describe('the demo', () => {
  it('records three streams here, tells of them each second and ends by itself', async () => {
    await using empty = await scratch();
    await using home = await scratch();
    const squatter = await squat(DEFAULT_PORTS.screen);
    const env = await bareEnv(home.path);
    const end = await runMeet(['demo', '--duration', '3'], { cwd: empty.path, env });
    squatter.close();
    expect({ exitCode: end.exitCode, stderr: end.stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(end.stdout).toMatch(/^daemon on 127\.0\.0\.1: screen \d+, video \d+, audio \d+$/m);
    expect(end.stdout).not.toContain(`screen ${DEFAULT_PORTS.screen},`);
    for (const kind of STREAM_KINDS) {
      expect(end.stdout).toMatch(new RegExp(`^${kind}: test source, since .{20}`, 'm'));
    }
    const told = end.stdout.match(/ screen \d+\.\d fps .* audio \d+\.\d fps /g) ?? [];
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(end.stdout).toMatch(/^ended; frames that came in: .*screen \d\d/m);
    expect(await readdir(empty.path)).toEqual(['recordings']);
    const recorded = await readOnlyStay(join(empty.path, 'recordings'));
    expect(recorded.faults).toEqual([]);
    expect(framesOf(recorded, 'screen').length).toBeGreaterThan(5);
    expect(framesOf(recorded, 'video').length).toBeGreaterThan(5);
    expect((await soundOf(recorded)).bytes.length).toBeGreaterThan(48_000);
  });

  it('tells events that scripts can read, the daemon first, its end last', async () => {
    await using empty = await scratch();
    await using home = await scratch();
    const options = { cwd: empty.path, env: await bareEnv(home.path) };
    await using demo = startMeet(['demo', '--json', '--record', 'kept'], options);
    const { recording } = await demo.event('ready');
    expect(recording).toBe(join(empty.path, 'kept'));
    await demo.event('stats', ({ streams }) => streams.length === 3);
    const { exitCode, stderr } = await demo.end('SIGINT');
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: '' });
    const names = demo.events.map(({ event }) => event);
    expect(names.at(0)).toBe('ready');
    expect(names.at(-1)).toBe('end');
    expect(new Set(names)).toEqual(
      new Set(['ready', 'error', 'joined', 'stream', 'recording', 'stats', 'left', 'end']),
    );
  });
});
